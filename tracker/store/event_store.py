"""The event store (事件库): events as they were signed, in gapless positions, and what proves each."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct
from sqlmodel import Session

from tracker.chain.scan import Scan, build_scan
from tracker.ledger.rolling import GENESIS
from tracker.store.archived import find_archived_seqs
from tracker.store.bulk import find_rows, insert_rows, table_of
from tracker.store.claim_store import FINDINGS, WITH_CLAIM
from tracker.store.partitions import ensure_partitions
from tracker.store.tables.event_log import BatchRow, EventRow, LogHeadRow, ReceiptRow
from tracker.store.tables.identities import IdentityClaimRow
from tracker.store.tables.products import PackingRow
from tracker.store.tables.registry import DeviceRow
from tracker.wire.details import AcceptedDetails
from tracker.wire.event import decode_event
from tracker.wire.topics import Post

_EVENT = table_of(EventRow)
_DEVICE = table_of(DeviceRow)
_CLAIM = table_of(IdentityClaimRow)
_BATCH = table_of(BatchRow)
_RECEIPT = table_of(ReceiptRow)
_HEAD = table_of(LogHeadRow)
_ONLY_HEAD = sa.select(_HEAD).where(_HEAD.c.id == 1)  # built once: every commit asks for these
_LOCKED_HEAD = _ONLY_HEAD.with_for_update()
_NEXT_BODIES = (
    sa.select(_EVENT.c.position, _EVENT.c.body)
    .where(_EVENT.c.position > sa.bindparam("after"))
    .order_by(_EVENT.c.position)
    .limit(2_000)
)
_MOVE_HEAD = (
    sa.update(_HEAD)
    .where(_HEAD.c.id == 1)
    .values({name: sa.bindparam(name) for name in ("position", "batch_no", "receipt_no", "epoch", "rolling")})
)


@dataclass(frozen=True, slots=True)
class LogHead:
    """Which store, in which life, how far: the highest numbers given out so far, and the rolling hash up to there."""

    store: str
    epoch: int
    position: int
    batch_no: int = 0
    receipt_no: int = 0
    fence: int = 0
    rolling: bytes = GENESIS


class NewEvent(Struct, frozen=True):
    """An event to record: the fact, its exact bytes, whose it is and where it stood in its batch.

    A bag's own scan has the waybill number "".
    """

    scan: Scan
    body: bytes
    device_no: int
    batch_no: int
    batch_index: int


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch that records something."""

    batch_no: int
    batch_id: UUID
    device_no: int
    payload_sha256: str
    receipt_no: int
    head: str


class StoredEvent(Struct, frozen=True):
    """What is known of an event id that came before."""

    position: int
    body: bytes
    carrier: str
    station: str
    device: str
    device_no: int
    seq: int


@dataclass(frozen=True, slots=True)
class StoredProof:
    """What proves one event: its exact bytes, its place in the signed batch, and the receipt that answered it."""

    event_id: UUID
    position: int
    body: bytes
    batch_id: UUID
    batch_index: int
    head: str
    payload_sha256: str
    receipt: str
    record_time: datetime


def log_head(session: Session, *, lock: bool = False) -> LogHead:
    """The log's head; with `lock` no other transaction records until this one ends.

    The migration that makes the tables names the store. Raises RuntimeError where that row is gone.
    """
    row = session.connection().execute(_LOCKED_HEAD if lock else _ONLY_HEAD).first()
    if row is None:
        raise RuntimeError("the log has no head: the database was not made by `jixin migrate`")
    return LogHead(row.store, row.epoch, row.position, row.batch_no, row.receipt_no, row.fence, row.rolling)


def save_log_head(session: Session, head: LogHead) -> None:
    """Write the log's head; the caller holds its lock."""
    moved = {name: getattr(head, name) for name in ("position", "batch_no", "receipt_no", "epoch", "rolling")}
    session.connection().execute(_MOVE_HEAD, moved)


def last_record_time(session: Session) -> datetime | None:
    """When the newest receipt was given; None before the first."""
    newest = sa.select(_RECEIPT.c.record_time).order_by(_RECEIPT.c.receipt_no.desc()).limit(1)
    found: datetime | None = session.connection().scalar(newest)
    return found


def fence_log(session: Session, number: int) -> None:
    """From here on only the holder of the lease with this number records; waits for whoever is recording."""
    session.connection().execute(sa.update(_HEAD).where(_HEAD.c.id == 1).values(fence=number))


def find_stored(session: Session, event_ids: Collection[UUID]) -> dict[UUID, StoredEvent]:
    """Those of the ids that are recorded already; mostly none, which costs little."""
    positions = [position for (position,) in find_rows(session, EventRow, ("position",), "event_id", event_ids)]
    if not positions:
        return {}
    rows = session.connection().execute(
        sa.select(
            _EVENT.c.event_id,
            _EVENT.c.position,
            _EVENT.c.body,
            _DEVICE.c.carrier,
            _DEVICE.c.station,
            _DEVICE.c.device,
            _EVENT.c.device_no,
            _EVENT.c.seq,
        )
        .join(_DEVICE, _DEVICE.c.device_no == _EVENT.c.device_no)
        .where(_EVENT.c.position.in_(positions))
    )
    return {row[0]: StoredEvent(*row[1:]) for row in rows}


def find_used_seqs(session: Session, device_no: int, seqs: Iterable[int]) -> set[int]:
    """Those of a device's counter values that an event bears already, archived ones too."""
    asked = list(seqs)
    statement = sa.select(_EVENT.c.seq).where(_EVENT.c.device_no == device_no, _EVENT.c.seq.in_(asked))
    return set(session.connection().execute(statement).scalars()) | find_archived_seqs(session, device_no, asked)


def append_events(session: Session, events: Sequence[NewEvent]) -> None:
    """Append events, none of which is recorded yet, with the goods packed into their parcels."""
    ensure_partitions(session, {new.scan.event_id for new in events})
    insert_rows(session, EventRow, [_event_row(new) for new in events])
    insert_rows(session, PackingRow, [row for new in events for row in _packing_rows(new.scan)])


def append_batches(session: Session, batches: Sequence[NewBatch]) -> None:
    """Append the heads of batches that recorded something."""
    insert_rows(
        session,
        BatchRow,
        [(new.batch_no, new.batch_id, new.device_no, new.payload_sha256, new.receipt_no, new.head) for new in batches],
    )


def append_receipts(session: Session, receipts: Sequence[tuple[int, datetime, str]]) -> None:
    """Append (number, record time, signed receipt)."""
    insert_rows(session, ReceiptRow, receipts)


def bodies_in_order(session: Session) -> Iterator[tuple[int, bytes]]:
    """Each event's position and exact bytes, in the order of the log."""
    last = 0
    while found := session.connection().execute(_NEXT_BODIES, {"after": last}).all():
        yield from ((position, body) for position, body in found)
        last = found[-1].position


def events_of(session: Session, waybill_no: str) -> list[Scan]:
    """A parcel's recorded scans, in no particular order."""
    return events_of_many(session, [waybill_no]).get(waybill_no, [])


def events_of_many(session: Session, waybill_nos: Iterable[str]) -> dict[str, list[Scan]]:
    """The recorded scans of many parcels."""
    rows = session.connection().execute(
        sa.select(
            _EVENT.c.body,
            _EVENT.c.record_time,
            _EVENT.c.position,
            FINDINGS,
            _DEVICE.c.carrier,
            _DEVICE.c.station,
            _DEVICE.c.device,
        )
        .join(_DEVICE, _DEVICE.c.device_no == _EVENT.c.device_no)
        .outerjoin(_CLAIM, WITH_CLAIM)
        .where(_EVENT.c.waybill_no.in_(sorted(set(waybill_nos))))
    )
    scans: dict[str, list[Scan]] = {}
    for row in rows:
        scan = _scan(row)
        scans.setdefault(scan.waybill_no, []).append(scan)
    return scans


def proofs_of(session: Session, waybill_no: str) -> list[StoredProof]:
    """What proves each of a parcel's events, in the order of the log."""
    rows = session.connection().execute(
        sa.select(
            _EVENT.c.event_id,
            _EVENT.c.position,
            _EVENT.c.body,
            _BATCH.c.batch_id,
            _EVENT.c.batch_index,
            _BATCH.c.head,
            _BATCH.c.payload_sha256,
            _RECEIPT.c.jws,
            _EVENT.c.record_time,
        )
        .join(_BATCH, _BATCH.c.batch_no == _EVENT.c.batch_no)
        .join(_RECEIPT, _RECEIPT.c.receipt_no == _BATCH.c.receipt_no)
        .where(_EVENT.c.waybill_no == waybill_no)
        .order_by(_EVENT.c.position)
    )
    return [StoredProof(*row) for row in rows]


def _event_row(new: NewEvent) -> tuple[Any, ...]:
    scan = new.scan
    return (
        scan.event_id,
        scan.waybill_no,
        scan.position,
        scan.step.value,
        scan.event_time,
        new.device_no,
        scan.seq,
        new.batch_no,
        new.batch_index,
        scan.record_time,
        " ".join(scan.intake_findings),
        new.body,
    )


def _packing_rows(scan: Scan) -> list[tuple[Any, ...]]:
    goods = scan.details.goods if isinstance(scan.details, AcceptedDetails) else None
    return [
        (scan.event_id, scan.waybill_no, item, each.gtin.zfill(14), each.lot or "", each.serial or "")
        for item, each in enumerate(goods or ())
    ]


def _scan(row: Any) -> Scan:
    return build_scan(
        decode_event(row.body),
        Post(row.carrier, row.station, row.device),
        record_time=row.record_time,
        findings=row.findings.split(),
        position=row.position,
    )
