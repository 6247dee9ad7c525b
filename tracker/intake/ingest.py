"""Ingest (入库): read batches become recorded events, findings, parcel rows and receipts, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlmodel import Session

from tracker.chain.findings import Finding
from tracker.chain.parcel import Parcel, advance, can_advance, fold
from tracker.chain.scan import Scan
from tracker.intake.delivery import ReadBatch, RefusedBatch
from tracker.store.event_store import (
    LogHead,
    NewBatch,
    NewEvent,
    StoredEvent,
    append_batches,
    append_events,
    append_receipts,
    events_of_many,
    find_stored,
    find_used_seqs,
    log_head,
    save_log_head,
)
from tracker.store.parcel_store import parcels_of, save_parcels
from tracker.store.quarantine import save_quarantined
from tracker.store.registry import DeviceCount, device_counts, save_last_seqs
from tracker.store.tally import add_tallies
from tracker.wire.errors import EventRejected, RefusalCode, RejectionCode
from tracker.wire.event import ReadEvent, decode_event
from tracker.wire.event_ids import milliseconds_of
from tracker.wire.message import VERSION
from tracker.wire.receipt import BatchReceipt, Receipt, Refusal, Rejection, sign_receipt
from tracker.wire.signature import SigningKey
from tracker.wire.topics import GATEWAY_DEVICE, Post

AHEAD_ALLOWED = timedelta(hours=36)
AHEAD_UNNOTICED = timedelta(minutes=1)  # clocks set by NTP differ by less
ID_TIME_TOLERANCE_MS = 7 * 24 * 3600 * 1000  # compared as numbers: an id's 48 bits reach past year 9999


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What one transaction did: the receipts to publish once it is committed, and its counts."""

    receipts: list[tuple[Post, str]]
    head: LogHead
    recorded: int
    duplicates: int
    rejected: int
    refused: int


@dataclass(slots=True)
class _Outcome:
    """One batch's fate while it is being decided."""

    batch: ReadBatch
    recorded: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Recording:
    """The state of one recording transaction."""

    record_time: datetime
    head: LogHead
    stored: dict[UUID, StoredEvent]
    devices: dict[Post, DeviceCount]
    used_seqs: dict[Post, set[int]]
    new: list[NewEvent] = field(default_factory=list)
    kept: list[tuple[Post, bytes, EventRejected]] = field(default_factory=list)


def ingest(
    session: Session, deliveries: Sequence[ReadBatch | RefusedBatch], *, record_time: datetime, key: SigningKey
) -> IngestResult:
    """Record what was read: append idempotently, keep parcel rows, quarantine the rest, sign a receipt per device.

    The caller commits, then acknowledges, then publishes the receipts; an exception means nothing happened.
    Repeating it with the same deliveries records nothing and counts duplicates.
    """
    batches = [delivery for delivery in deliveries if isinstance(delivery, ReadBatch)]
    refused = [delivery for delivery in deliveries if isinstance(delivery, RefusedBatch)]
    recording = _begin(session, batches, record_time)
    outcomes = [_take_batch(recording, batch, batch_no=number) for number, batch in _numbered(recording, batches)]
    if recording.new:
        append_events(session, recording.new)
        save_last_seqs(session, recording.devices.values())
        _save_parcels(session, [new.scan for new in recording.new])
    _quarantine(session, recording, refused)
    receipts = _write_receipts(session, recording, outcomes, refused, key)
    counts = _count(outcomes, refused)
    add_tallies(session, counts)
    return IngestResult(
        receipts=receipts,
        head=recording.head,
        recorded=len(recording.new),
        duplicates=sum(outcome.duplicates for outcome in outcomes),
        rejected=sum(len(outcome.rejected) for outcome in outcomes),
        refused=len(refused),
    )


def _begin(session: Session, batches: list[ReadBatch], record_time: datetime) -> _Recording:
    head = log_head(session, lock=True)
    ids = {item.scan.event_id for batch in batches for item in batch.events if isinstance(item, ReadEvent)}
    devices = device_counts(session, {batch.delivery.post for batch in batches})
    return _Recording(
        record_time=record_time,
        head=head,
        stored=find_stored(session, ids) if ids else {},
        devices=devices,
        used_seqs=_used_seqs(session, batches, devices),
    )


def _used_seqs(session: Session, batches: list[ReadBatch], devices: dict[Post, DeviceCount]) -> dict[Post, set[int]]:
    """The counter values that are taken, of those not above the highest seen: only these can be used twice."""
    asked: dict[Post, set[int]] = {}
    for batch in batches:
        post = batch.delivery.post
        seqs = {item.scan.seq for item in batch.events if isinstance(item, ReadEvent)}
        asked.setdefault(post, set()).update(seq for seq in seqs if seq <= devices[post].last_seq)
    return {
        post: find_used_seqs(session, devices[post].device_no, seqs) if seqs else set() for post, seqs in asked.items()
    }


def _numbered(recording: _Recording, batches: list[ReadBatch]) -> Iterable[tuple[int, ReadBatch]]:
    return enumerate(batches, start=recording.head.batch_no + 1)


def _take_batch(recording: _Recording, batch: ReadBatch, *, batch_no: int) -> _Outcome:
    outcome = _Outcome(batch)
    for index, item in enumerate(batch.events):
        body = batch.signed.events[index]
        try:
            if isinstance(item, EventRejected):
                raise item
            _take_event(recording, outcome, item, body, batch_no=batch_no, batch_index=index)
        except EventRejected as rejection:
            outcome.rejected.append(Rejection(_event_id_in(item, body), rejection.code, rejection.reason))
            recording.kept.append((batch.delivery.post, body, rejection))
    return outcome


def _take_event(
    recording: _Recording, outcome: _Outcome, item: ReadEvent, body: bytes, *, batch_no: int, batch_index: int
) -> None:
    post = outcome.batch.delivery.post
    scan = item.scan
    earlier = recording.stored.get(scan.event_id)
    if earlier is not None:
        if not _same_content(item, body, post, earlier):
            raise EventRejected(RejectionCode.EVENT_ID_REUSED, "this event_id is recorded with other content")
        outcome.duplicates += 1
        outcome.positions.append(earlier.position)
        return
    findings = _check_times(scan.event_id, scan.event_time, recording.record_time)
    device = recording.devices[post]
    used = recording.used_seqs[post]
    if scan.seq in used:
        findings.append(Finding.SEQ_REUSED.value)
    used.add(scan.seq)
    device.last_seq = max(device.last_seq, scan.seq)
    position = recording.head.position + len(recording.new) + 1
    recording.new.append(
        NewEvent(
            scan=build_scan(item, post, record_time=recording.record_time, findings=findings, position=position),
            body=body,
            device_no=device.device_no,
            batch_no=batch_no,
            batch_index=batch_index,
        )
    )
    recording.stored[scan.event_id] = StoredEvent(position, body, post.carrier, post.station)
    outcome.recorded += 1
    outcome.positions.append(position)


def build_scan(item: ReadEvent, post: Post, *, record_time: datetime, findings: Iterable[str], position: int) -> Scan:
    """The fact in a read event, as the device at `post` told it."""
    scan = item.scan
    return Scan(
        event_id=scan.event_id,
        waybill_no=scan.waybill_no or "",
        step=scan.step,
        event_time=scan.event_time,
        record_time=record_time,
        carrier=post.carrier,
        station=post.station,
        device=post.device,
        seq=scan.seq,
        details=item.details,
        operator=scan.operator,
        place=scan.position,
        corrects=scan.corrects,
        imported=post.device == GATEWAY_DEVICE,
        intake_findings=tuple(findings),
        position=position,
    )


def _check_times(event_id: UUID, event_time: datetime, record_time: datetime) -> list[str]:
    """Intake findings about time. Raises EventRejected for an id or a time that cannot be."""
    if event_id.version != 7:
        raise EventRejected(RejectionCode.EVENT_ID_NOT_V7, "event_id is a UUIDv7")
    ahead = event_time - record_time
    if ahead > AHEAD_ALLOWED:
        raise EventRejected(RejectionCode.TIME_IN_FUTURE, "event_time is more than 36 h ahead")
    if abs((event_id.int >> 80) - milliseconds_of(event_time)) > ID_TIME_TOLERANCE_MS:
        raise EventRejected(RejectionCode.EVENT_ID_TIME_MISMATCH, "event_id's time is more than 7 days from event_time")
    return [Finding.CLOCK_SKEW.value] if ahead > AHEAD_UNNOTICED else []


def _same_content(item: ReadEvent, body: bytes, post: Post, earlier: StoredEvent) -> bool:
    """Equality ignores `seq`, and the order and spelling of JSON, but not who speaks."""
    if (post.carrier, post.station) != (earlier.carrier, earlier.station):
        return False
    if body == earlier.body:
        return True
    before = decode_event(earlier.body)
    return before.details == item.details and msgspec.structs.replace(
        before.scan, seq=0, details=msgspec.Raw()
    ) == msgspec.structs.replace(item.scan, seq=0, details=msgspec.Raw())


class _OnlyId(msgspec.Struct):
    event_id: UUID


def _event_id_in(item: ReadEvent | EventRejected, body: bytes) -> str | None:
    """The id of a rejected event, where its bytes still tell one."""
    if isinstance(item, ReadEvent):
        return str(item.scan.event_id)
    try:
        return str(msgspec.json.decode(body, type=_OnlyId).event_id)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _save_parcels(session: Session, scans: list[Scan]) -> None:
    """Bring the rows of the parcels that were scanned up to date: the fast path where it is open, else a rebuild."""
    by_waybill: dict[str, list[Scan]] = {}
    for scan in scans:
        if scan.waybill_no:
            by_waybill.setdefault(scan.waybill_no, []).append(scan)
    known = parcels_of(session, by_waybill) if by_waybill else {}
    slow = {no for no, parcel in known.items() if not can_advance(parcel, by_waybill[no])}
    past = events_of_many(session, slow) if slow else {}
    parcels: list[Parcel] = []
    for waybill_no in sorted(by_waybill):
        fresh = by_waybill[waybill_no]
        if waybill_no in known and waybill_no not in slow:
            parcels.append(advance(known[waybill_no], sorted(fresh, key=lambda scan: scan.fold_key)))
        else:  # the events just appended are among the past ones already
            parcels.append(fold(past.get(waybill_no, fresh))[0])
    save_parcels(session, parcels, known=known)


def _quarantine(session: Session, recording: _Recording, refused: list[RefusedBatch]) -> None:
    for post, body, rejection in recording.kept:
        save_quarantined(
            session, body, code=rejection.code, reason=rejection.reason, post=post, seen_at=recording.record_time
        )
    for each in refused:
        save_quarantined(
            session,
            each.delivery.payload,
            code=each.refusal.code,
            reason=each.refusal.reason,
            post=each.delivery.post,
            seen_at=recording.record_time,
        )


def _write_receipts(
    session: Session,
    recording: _Recording,
    outcomes: list[_Outcome],
    refused: list[RefusedBatch],
    key: SigningKey,
) -> list[tuple[Post, str]]:
    """One signed receipt a device, kept beside the batches that recorded something; moves the log's head."""
    lines: dict[Post, list[BatchReceipt]] = {}
    for outcome in outcomes:
        lines.setdefault(outcome.batch.delivery.post, []).append(_receipt_line(outcome))
    for each in refused:
        if each.refusal.code != RefusalCode.INTERNAL_ERROR:  # our fault is no answer: the station keeps its scans
            lines.setdefault(each.delivery.post, []).append(_refusal_line(each))
    numbers = {post: recording.head.receipt_no + number for number, post in enumerate(lines, start=1)}
    receipts = {post: _sign(recording, batches, key) for post, batches in lines.items()}
    batch_no = recording.head.batch_no
    batches, answered = [], set()
    for number, outcome in enumerate(outcomes, start=batch_no + 1):
        if outcome.recorded:
            post = outcome.batch.delivery.post
            answered.add(post)
            batches.append(_new_batch(outcome, number, recording.devices[post].device_no, numbers[post]))
    append_batches(session, batches)
    append_receipts(
        session, [(numbers[post], recording.record_time, receipts[post]) for post in lines if post in answered]
    )
    recording.head = replace(
        recording.head,
        position=recording.head.position + len(recording.new),
        batch_no=batch_no + len(outcomes),
        receipt_no=recording.head.receipt_no + len(lines),
    )
    save_log_head(session, recording.head)
    return list(receipts.items())


def _new_batch(outcome: _Outcome, batch_no: int, device_no: int, receipt_no: int) -> NewBatch:
    signed = outcome.batch.signed
    return NewBatch(
        batch_no=batch_no,
        batch_id=signed.head.batch_id,
        device_no=device_no,
        payload_sha256=outcome.batch.payload_sha256,
        receipt_no=receipt_no,
        head=signed.jws,
    )


def _receipt_line(outcome: _Outcome) -> BatchReceipt:
    return BatchReceipt(
        batch_id=outcome.batch.signed.head.batch_id,
        payload_sha256=outcome.batch.payload_sha256,
        recorded=outcome.recorded,
        duplicates=outcome.duplicates,
        rejected=outcome.rejected,
        refused=None,
        first_position=min(outcome.positions, default=None),
        last_position=max(outcome.positions, default=None),
    )


def _refusal_line(each: RefusedBatch) -> BatchReceipt:
    return BatchReceipt(
        batch_id=each.batch_id,
        payload_sha256=each.payload_sha256,
        recorded=0,
        duplicates=0,
        rejected=[],
        refused=Refusal(each.refusal.code, each.refusal.reason),
        first_position=None,
        last_position=None,
    )


def _sign(recording: _Recording, batches: list[BatchReceipt], key: SigningKey) -> str:
    receipt = Receipt(
        v=VERSION,
        store=recording.head.store,
        epoch=recording.head.epoch,
        batches=batches,
        record_time=recording.record_time,
    )
    return sign_receipt(receipt, key)


def _count(outcomes: list[_Outcome], refused: list[RefusedBatch]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        counts["recorded", ""] += outcome.recorded
        counts["duplicate", ""] += outcome.duplicates
        counts.update(("rejected", rejection.code) for rejection in outcome.rejected)
    counts.update(("refused", str(each.refusal.code)) for each in refused)
    return counts
