"""Comparing (比对): whether an archive holds, row by row, what the store has of its month."""

from collections.abc import Generator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

from sqlmodel import Session

from tracker.archive.checking import rows_of
from tracker.archive.manifest import ArchiveError, Manifest
from tracker.archive.parquet import BATCHES, EVENTS, RECEIPTS, Row, Table
from tracker.archive.source import find_batches, find_events, find_receipts
from tracker.store.copy_facts import Progress
from tracker.store.event_store import log_head
from tracker.store.months import Month


def compare_with_store(session: Session, folder: Path, manifest: Manifest, *, progress: Progress) -> None:
    """Read both to their ends. Raises ArchiveError at the first row that differs."""
    if log_head(session).store != manifest.store:
        raise ArchiveError(f"{folder} was archived from another store than this one")
    month = Month.parse(manifest.month)
    pairs: tuple[tuple[Table, Generator[Row, None, None]], ...] = (
        (EVENTS, find_events(session, month)),
        (BATCHES, find_batches(session, month)),
        (RECEIPTS, find_receipts(session, month)),
    )
    for table, here in pairs:
        with closing(here):
            for number, (ours, theirs) in enumerate(zip_longest(here, rows_of(folder, manifest, table)), start=1):
                if ours != theirs:
                    raise ArchiveError(
                        f"{folder} is not what the store has of {month} ({table.name}, row {number}): late scans may"
                        " have come since; move that folder away and archive the month again"
                    )
                if table is EVENTS:
                    progress(number, manifest.events)
