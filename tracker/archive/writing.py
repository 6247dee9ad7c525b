"""Writing an archive (归档): a month of the store as files and a signed manifest, in a folder that has no name yet."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from tracker.archive.manifest import ArchiveError, Manifest, facts_of, write_manifest
from tracker.archive.parquet import BATCHES, DEVICE_KEYS, EVENTS, RECEIPTS, Row, write_table
from tracker.archive.source import count_events, find_batches, find_device_keys, find_events, find_receipts
from tracker.store.copy_facts import Progress
from tracker.store.event_store import log_head
from tracker.store.months import Month
from tracker.store.sqlite_copy import sync_file
from tracker.wire.signature import SigningKey, parse_jws


def write_archive(
    session: Session,
    month: Month,
    folder: Path,
    *,
    revision: str,
    key: SigningKey,
    notices: Sequence[str],
    now: datetime,
    progress: Progress,
) -> Manifest:
    """Write a month as one view of the store has it into an empty folder, on disk when this returns.

    Raises ArchiveError where there is nothing of that month; OSError, duckdb.Error.
    """
    head, total = log_head(session), count_events(session, month)
    if not total:
        raise ArchiveError(f"no event of {month} is here: nothing to archive")
    seen = _Seen(progress, total)
    kids: set[str] = set()
    events = write_table(folder, EVENTS, seen.passing(find_events(session, month)))
    batches = write_table(folder, BATCHES, _noting_keys(find_batches(session, month), kids))
    receipts = write_table(folder, RECEIPTS, find_receipts(session, month))
    device_keys = write_table(folder, DEVICE_KEYS, find_device_keys(session, kids))
    files = sorted(folder.iterdir())
    for path in files:
        path.chmod(0o600)
        sync_file(path)
    manifest = Manifest(
        v=1,
        kind="archive",
        store=head.store,
        epoch=head.epoch,
        revision=revision,
        month=str(month),
        events=events,
        first_position=seen.first,
        last_position=seen.last,
        log_position=head.position,
        bodies_sha256=seen.digest.hexdigest(),
        batches=batches,
        receipts=receipts,
        device_keys=device_keys,
        made_at=now,
        key_notices=list(notices),
        files={path.name: facts_of(path) for path in files},
    )
    write_manifest(folder, manifest, key)
    sync_file(folder)
    return manifest


class _Seen:
    """What the manifest says of the events, noted while they pass."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.digest, self.first, self.last = hashlib.sha256(), 0, 0
        self._progress, self._total = progress, total

    def passing(self, events: Iterable[Row]) -> Iterator[Row]:
        for number, row in enumerate(events, start=1):
            position, body = row[0], row[-1]
            self.first, self.last = self.first or position, position
            self.digest.update(hashlib.sha256(body).digest())
            self._progress(number, self._total)
            yield row


def _noting_keys(batches: Iterable[Row], kids: set[str]) -> Iterator[Row]:
    for row in batches:
        kids.add(parse_jws(row[-1]).header.kid)
        yield row
