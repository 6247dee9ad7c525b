"""Checking an archive (归档核验): its manifest, its files, and every event by its bytes, its head and its receipt.

All of it offline and from the archive alone; only the pinned keys of the tracker are trusted.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import duckdb
import msgspec

from tracker.archive.manifest import ArchiveDamaged, Manifest, facts_of, read_manifest
from tracker.archive.parquet import BATCHES, DEVICE_KEYS, EVENTS, RECEIPTS, Row, Table, read_table
from tracker.store.archived import join_ranges
from tracker.store.copy_facts import Progress
from tracker.store.months import Month
from tracker.store.types import to_microseconds
from tracker.wire.errors import EventRejected
from tracker.wire.event import decode_event
from tracker.wire.proof import ProvedBatch, prove_batch
from tracker.wire.receipt import Receipt, verify_receipt
from tracker.wire.signature import NotAJws, VerifyingKey, digest_of
from tracker.wire.tracker_keys import follow_keys

KEPT_RECEIPTS = 2_000  # one commit gives at most 1,000, and batches name them almost in order


class ArchivedEvent(msgspec.Struct, frozen=True):
    """One event as EVENTS has it; times in microseconds."""

    position: int
    event_id: UUID
    waybill_no: str
    step: str
    event_time: int
    carrier: str
    station: str
    device: str
    device_no: int
    seq: int
    batch_no: int
    batch_index: int
    record_time: int
    findings: str
    body: bytes


@dataclass(frozen=True, slots=True)
class CheckedArchive:
    """An archive that holds: its manifest, and its positions as ranges of the log."""

    manifest: Manifest
    positions: tuple[tuple[int, int], ...]


def check_archive(folder: Path, pinned: Mapping[str, VerifyingKey], *, progress: Progress) -> CheckedArchive:
    """Check everything. Raises ArchiveDamaged for the first thing that does not hold; ArchiveError, OSError."""
    manifest = read_manifest(folder, pinned)
    for name, facts in manifest.files.items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise ArchiveDamaged(f"{path} is missing")
        if facts_of(path) != facts:
            raise ArchiveDamaged(f"{path} is damaged: not the bytes that were archived")
    try:
        positions = join_ranges(_check_events(folder, manifest, pinned, progress))
        return CheckedArchive(manifest, tuple(positions))
    except (duckdb.Error, msgspec.MsgspecError, ValueError, TypeError) as error:
        raise ArchiveDamaged(f"{folder} is not whole: {error}") from error


def rows_of(folder: Path, manifest: Manifest, table: Table) -> Iterator[Row]:
    """The rows of a table, in order."""
    names = sorted(name for name in manifest.files if name.rpartition("-")[0] == table.name)
    return read_table([folder / name for name in names], table)


def _check_events(
    folder: Path, manifest: Manifest, pinned: Mapping[str, VerifyingKey], progress: Progress
) -> Iterator[int]:
    """The events' positions in order, each event checked before. Raises ArchiveDamaged, NotAJws."""
    batches = _Batches.of(folder, manifest, pinned)
    month, digest, count, first, last = Month.parse(manifest.month), hashlib.sha256(), 0, 0, 0
    for row in rows_of(folder, manifest, EVENTS):
        event = ArchivedEvent(*row)
        if event.position <= last or Month.of(event.event_id) != month:
            raise ArchiveDamaged(f"position {event.position} is out of order, or of another month")
        if not _holds(event, *batches.batch_of(event)):
            raise ArchiveDamaged(f"position {event.position} is not what was signed and receipted")
        count, first, last = count + 1, first or event.position, event.position
        digest.update(hashlib.sha256(event.body).digest())
        progress(count, manifest.events)
        yield event.position
    batches.finish()
    told = (manifest.events, manifest.first_position, manifest.last_position, manifest.bodies_sha256)
    if (count, first, last, digest.hexdigest()) != told:
        raise ArchiveDamaged("the events are not those that the manifest counts")


def _holds(event: ArchivedEvent, batch: ProvedBatch, receipt: Receipt) -> bool:
    """Whether an event stands in its batch by its exact bytes, was taken, and is what its columns say."""
    head = batch.head
    if not 0 <= event.batch_index < len(head.digests) or head.digests[event.batch_index] != digest_of(event.body):
        return False
    if str(event.event_id) in batch.rejected or to_microseconds(receipt.record_time) != event.record_time:
        return False
    if (head.carrier, head.station, head.device) != (event.carrier, event.station, event.device):
        return False
    try:
        scan = decode_event(event.body).scan
    except EventRejected:
        return False
    told = (event.event_id, event.waybill_no, event.step, event.seq, event.event_time)
    return told == (
        scan.event_id, scan.waybill_no or "", scan.step.value, scan.seq, to_microseconds(scan.event_time)
    )  # fmt: skip


@dataclass(slots=True)
class _Batches:
    """The batches, proved one after the other while their events pass: both are in the order of the log."""

    rows: Iterator[Row]
    receipts: Iterator[Row]
    devices: Mapping[str, VerifyingKey]
    trackers: Mapping[str, VerifyingKey]
    expected: Manifest
    _number: int = 0
    _present: tuple[ProvedBatch, Receipt] | None = None
    _kept: dict[int, Receipt] = field(default_factory=dict)
    _read: int = 0
    _proved: int = 0

    @staticmethod
    def of(folder: Path, manifest: Manifest, pinned: Mapping[str, VerifyingKey]) -> "_Batches":
        keys = [VerifyingKey.from_bytes(row[2]) for row in rows_of(folder, manifest, DEVICE_KEYS)]
        if len(keys) != manifest.device_keys:
            raise ArchiveDamaged("the device keys are not those that the manifest counts")
        return _Batches(
            rows=rows_of(folder, manifest, BATCHES),
            receipts=rows_of(folder, manifest, RECEIPTS),
            devices={key.kid: key for key in keys},
            trackers=follow_keys(manifest.key_notices, pinned, into_past=True),
            expected=manifest,
        )

    def batch_of(self, event: ArchivedEvent) -> tuple[ProvedBatch, Receipt]:
        """The batch of the next event, proved. Raises ArchiveDamaged."""
        while self._present is None or self._number < event.batch_no:
            self._prove_next()
        if self._number != event.batch_no:
            raise ArchiveDamaged(f"position {event.position}: its batch is missing")
        return self._present

    def finish(self) -> None:
        """Raises ArchiveDamaged where there are more, or fewer, than the manifest counts."""
        left = sum(1 for _ in self.rows), sum(1 for _ in self.receipts)
        if left != (0, 0) or (self._proved, self._read) != (self.expected.batches, self.expected.receipts):
            raise ArchiveDamaged("batches and receipts are not those that the manifest counts")

    def _prove_next(self) -> None:
        row = next(self.rows, None)
        if row is None:
            raise ArchiveDamaged("batches are missing")
        number, batch_id, _, payload_sha256, receipt_no, head = row
        if number <= self._number:
            raise ArchiveDamaged(f"batch {batch_id} is out of order")
        try:
            receipt = self._receipt(receipt_no)
            proved = prove_batch(head, payload_sha256, self.devices, receipt)
        except NotAJws as error:
            raise ArchiveDamaged(f"batch {batch_id}: {error}") from error
        if proved.head.batch_id != batch_id:
            raise ArchiveDamaged(f"batch {batch_id}: the head is another batch's")
        self._number, self._present, self._proved = number, (proved, receipt), self._proved + 1

    def _receipt(self, number: int) -> Receipt:
        while number not in self._kept:
            row = next(self.receipts, None)
            if row is None:
                raise ArchiveDamaged(f"receipt {number} is missing")
            self._kept[row[0]] = verify_receipt(row[2], self.trackers)
            self._read += 1
            if len(self._kept) > KEPT_RECEIPTS:
                del self._kept[min(self._kept)]
        return self._kept[number]
