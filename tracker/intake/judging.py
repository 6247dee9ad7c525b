"""Judging (逐条判定): what becomes of each event of a batch, once it is known what the store holds already."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlmodel import Session

from tracker.chain.findings import Finding
from tracker.chain.parcel import Parcel
from tracker.chain.scan import build_scan
from tracker.intake.bounds import DEFAULT_BOUNDS, IntakeBounds
from tracker.intake.clocks import judge_clock, latest_signed
from tracker.intake.delivery import ReadBatch, ReadRecords
from tracker.intake.sign_off import LabelSecret, judge_sign_off
from tracker.realname.agreements import AgreementKey, find_claimed, judge_agreement
from tracker.realname.claims import Claim, SealedFor, claim_in, judge_claim
from tracker.store.agreement_store import agreements_of
from tracker.store.archived import closed_months, find_archived
from tracker.store.event_store import LogHead, NewEvent, StoredEvent, find_stored, find_used_seqs, log_head
from tracker.store.months import Month
from tracker.store.parcel_store import parcels_of
from tracker.store.quarantine import Kept
from tracker.store.registry import DeviceCount, device_counts
from tracker.store.sequences import Answered, AnsweredAs
from tracker.wire.agreements import Agreement
from tracker.wire.details import AcceptedDetails
from tracker.wire.errors import EventRejected, RejectionCode
from tracker.wire.event import ReadEvent, Seq, decode_event, has_same_content
from tracker.wire.event_ids import is_uuid7, milliseconds_of
from tracker.wire.receipt import Rejection
from tracker.wire.steps import Step
from tracker.wire.topics import GATEWAY_DEVICE, Post

AHEAD_ALLOWED = timedelta(hours=36)
AHEAD_UNNOTICED = timedelta(minutes=1)  # clocks set by NTP differ by less
ID_TIME_TOLERANCE_MS = 7 * 24 * 3600 * 1000  # compared as numbers: an id's 48 bits reach past year 9999


@dataclass(slots=True)
class Outcome:
    """One batch's fate while it is being decided; a batch of identity records has no number in the log."""

    batch: ReadBatch | ReadRecords
    batch_no: int = 0
    recorded: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    clock_is_off: bool = False


@dataclass(slots=True)
class Recording:
    """The state of one recording transaction."""

    record_time: datetime
    bounds: IntakeBounds
    first_moment: datetime  # of the bounds: reckoned once, asked of every event
    head: LogHead
    stored: dict[UUID, StoredEvent]
    devices: dict[Post, DeviceCount]
    used_seqs: dict[Post, set[int]]
    parcels: dict[str, Parcel]  # of the waybills that get new events, those that have a row
    crowds: dict[str, int]  # how many events of a waybill are known; see IntakeBounds
    closed: frozenset[Month]
    agreements: dict[AgreementKey, Agreement]  # of those that acceptances claim, the known ones
    label_secret: LabelSecret
    archived: set[str]  # of the parcels that are to be corrected, those with archived events
    new: list[NewEvent] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)  # numbers that leave no event, for the audit
    claims: list[Claim] = field(default_factory=list)  # of new acceptances
    sealed: list[SealedFor] = field(default_factory=list)  # records that came, erased ones too


def begin_recording(
    session: Session,
    batches: list[ReadBatch],
    record_time: datetime,
    bounds: IntakeBounds = DEFAULT_BOUNDS,
    *,
    others: Collection[Post] = (),
    label_secret: LabelSecret = lambda: None,
) -> Recording:
    """Lock the log and look up what the store holds already of these batches; `others` speak of no events."""
    head = log_head(session, lock=True)
    ids = {item.scan.event_id for batch in batches for item in batch.events if isinstance(item, ReadEvent)}
    devices = device_counts(session, {batch.delivery.post for batch in batches} | set(others))
    stored = find_stored(session, ids) if ids else {}
    parcels = _parcels_of(session, batches, stored)
    closed = closed_months(session)
    return Recording(
        record_time=record_time,
        bounds=bounds,
        first_moment=bounds.first_moment,
        head=head,
        stored=stored,
        devices=devices,
        used_seqs=_used_seqs(session, batches, devices),
        parcels=parcels,
        crowds={waybill_no: parcel.most_events for waybill_no, parcel in parcels.items()},
        closed=closed,
        agreements=_agreements_of(session, batches),
        label_secret=label_secret,
        archived=_archived_parcels(session, batches) if closed else set(),
    )


def _parcels_of(session: Session, batches: list[ReadBatch], stored: dict[UUID, StoredEvent]) -> dict[str, Parcel]:
    scans = (item.scan for batch in batches for item in batch.events if isinstance(item, ReadEvent))
    waybills = {scan.waybill_no for scan in scans if scan.waybill_no and scan.event_id not in stored}
    return parcels_of(session, waybills) if waybills else {}


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


def _agreements_of(session: Session, batches: list[ReadBatch]) -> dict[AgreementKey, Agreement]:
    claimed = (find_claimed(batch.delivery.post.carrier, batch.events) for batch in batches)
    return agreements_of(session, set().union(*claimed))


def _archived_parcels(session: Session, batches: list[ReadBatch]) -> set[str]:
    scans = [item.scan for batch in batches for item in batch.events if isinstance(item, ReadEvent)]
    corrected = {scan.waybill_no for scan in scans if scan.corrects is not None and scan.waybill_no}
    return find_archived(session, corrected) if corrected else set()


def take_batch(recording: Recording, batch: ReadBatch, *, batch_no: int) -> Outcome:
    """Judge every event of a batch: recorded, known before, or rejected alone."""
    outcome = Outcome(batch, batch_no)
    device, off = recording.devices[batch.delivery.post], _clock_off(recording, batch)
    outcome.clock_is_off = bool(off)
    for index, item in enumerate(batch.events):
        body = batch.bodies[index]
        try:
            if isinstance(item, EventRejected):
                raise item
            _take_event(recording, outcome, item, body, batch_index=index)
        except EventRejected as rejection:
            outcome.rejected.append(Rejection(_event_id_in(item, body), rejection.code, rejection.reason))
            recording.kept.append(Kept(body, rejection.code, rejection.reason, batch.delivery.post))
            if (seq := _seq_in(item, body)) is not None:
                device_no = recording.devices[batch.delivery.post].device_no
                recording.answered.append(Answered(device_no, seq, AnsweredAs.REJECTED))
    if outcome.recorded and off is not None:
        device.clock_off_ms = off // timedelta(milliseconds=1) or None
        device.signed_at = latest_signed(device.signed_at, batch.sent_at, now=recording.record_time)
    return outcome


def _clock_off(recording: Recording, batch: ReadBatch) -> timedelta | None:
    """How far the clock was off that signed a batch; None where nothing can be told of it."""
    post, device = batch.delivery.post, recording.devices[batch.delivery.post]
    seqs = [item.scan.seq for item in batch.events if isinstance(item, ReadEvent)]
    if post.device == GATEWAY_DEVICE or not seqs:
        return None
    follows = device.signed_at if min(seqs) > device.last_seq else None
    off = judge_clock(batch.sent_at, follows=follows, now=recording.record_time)
    return off if off or follows is not None or device.signed_at is None else None


def _take_event(recording: Recording, outcome: Outcome, item: ReadEvent, body: bytes, *, batch_index: int) -> None:
    post = outcome.batch.delivery.post
    scan = item.scan
    device = recording.devices[post]
    earlier = recording.stored.get(scan.event_id)
    if earlier is not None:
        if not _same_content(item, body, post, earlier):
            raise EventRejected(RejectionCode.EVENT_ID_REUSED, "this event_id is recorded with other content")
        outcome.duplicates += 1
        outcome.positions.append(earlier.position)
        if (device.device_no, scan.seq) != (earlier.device_no, earlier.seq):
            recording.answered.append(Answered(device.device_no, scan.seq, AnsweredAs.KNOWN))
        return
    findings = _check_times(scan.event_id, scan.event_time, recording.record_time)
    _check_archived(recording, item)
    if scan.event_time < recording.first_moment:
        raise EventRejected(RejectionCode.TIME_TOO_OLD, "event_time is before the first day that is taken here")
    if scan.waybill_no:
        _make_room(recording, scan.waybill_no)
    if isinstance(item.details, AcceptedDetails):
        doubts = (
            judge_agreement(item, carrier=post.carrier, known=recording.agreements),
            judge_claim(item.details, imported=post.device == GATEWAY_DEVICE),
        )
        findings += [doubt.value for doubt in doubts if doubt is not None]
        findings += [Finding.CLOCK_OFF.value] if outcome.clock_is_off else []
    elif scan.step is Step.DELIVERED:
        doubt = judge_sign_off(item, post, secret=recording.label_secret)
        findings += [] if doubt is None else [doubt.value]
    used = recording.used_seqs[post]
    if scan.seq in used:
        findings.append(Finding.SEQ_REUSED.value)
    used.add(scan.seq)
    device.last_seq = max(device.last_seq, scan.seq)
    position = recording.head.position + len(recording.new) + 1
    fact = build_scan(item, post, record_time=recording.record_time, findings=findings, position=position)
    if (claim := claim_in(fact, device_no=device.device_no)) is not None:
        recording.claims.append(claim)
    recording.new.append(
        NewEvent(
            scan=fact,
            body=body,
            device_no=device.device_no,
            batch_no=outcome.batch_no,
            batch_index=batch_index,
        )
    )
    recording.stored[scan.event_id] = StoredEvent(
        position, body, post.carrier, post.station, post.device, device.device_no, scan.seq
    )
    outcome.recorded += 1
    outcome.positions.append(position)


def _make_room(recording: Recording, waybill_no: str) -> None:
    """Count one more event of a waybill. Raises EventRejected where it has as many as one may have."""
    crowd = recording.crowds.get(waybill_no, 0)
    if crowd >= recording.bounds.waybill_events:
        raise EventRejected(RejectionCode.WAYBILL_FULL, "this waybill has as many events as one may have")
    recording.crowds[waybill_no] = crowd + 1


def _check_times(event_id: UUID, event_time: datetime, record_time: datetime) -> list[str]:
    """Intake findings about time. Raises EventRejected for an id or a time that cannot be."""
    if not is_uuid7(event_id):
        raise EventRejected(RejectionCode.EVENT_ID_NOT_V7, "event_id is a UUIDv7")
    ahead = event_time - record_time
    if ahead > AHEAD_ALLOWED:
        raise EventRejected(RejectionCode.TIME_IN_FUTURE, "event_time is more than 36 h ahead")
    if abs((event_id.int >> 80) - milliseconds_of(event_time)) > ID_TIME_TOLERANCE_MS:
        raise EventRejected(RejectionCode.EVENT_ID_TIME_MISMATCH, "event_id's time is more than 7 days from event_time")
    return [Finding.CLOCK_SKEW.value] if ahead > AHEAD_UNNOTICED else []


def _check_archived(recording: Recording, item: ReadEvent) -> None:
    """Raises EventRejected for an event of a closed month, and for a correction of what is archived.

    Whether an event of such a month was recorded before is known to its archive alone, so that it must not be recorded
    now; and a parcel's row, which no longer has all its events, cannot follow a correction.
    """
    scan = item.scan
    if not recording.closed:
        return
    if (month := Month.of(scan.event_id)) in recording.closed:
        raise EventRejected(RejectionCode.MONTH_ARCHIVED, f"the events of {month} are archived; nothing is added")
    if scan.corrects is not None and (
        Month.of(scan.corrects.event_id) in recording.closed or scan.waybill_no in recording.archived
    ):
        raise EventRejected(RejectionCode.MONTH_ARCHIVED, "the events of what it corrects are archived")


def _same_content(item: ReadEvent, body: bytes, post: Post, earlier: StoredEvent) -> bool:
    """Equality ignores what `has_same_content` ignores, but not who speaks."""
    if (post.carrier, post.station) != (earlier.carrier, earlier.station):
        return False
    return body == earlier.body or has_same_content(decode_event(earlier.body), item)


_SPELLED_ID = re.compile(
    rb'"event_id"\s*:\s*"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})"'
)
_SPELLED_SEQ = re.compile(rb'"seq"\s*:\s*([0-9]{1,18})\s*[,}]')


class _OnlyId(msgspec.Struct):
    event_id: UUID


class _OnlySeq(msgspec.Struct):
    seq: Seq


def _event_id_in(item: ReadEvent | EventRejected, body: bytes) -> str | None:
    """The id of a rejected event, where its bytes still tell one."""
    if isinstance(item, ReadEvent):
        return str(item.scan.event_id)
    try:
        return str(msgspec.json.decode(body, type=_OnlyId).event_id)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        spelled = _SPELLED_ID.search(body)  # the rest may be no JSON, or nested too deep to read
        return str(UUID(spelled.group(1).decode())) if spelled else None


def _seq_in(item: ReadEvent | EventRejected, body: bytes) -> int | None:
    """The number of a rejected event, where its bytes still tell one."""
    if isinstance(item, ReadEvent):
        return item.scan.seq
    try:
        return msgspec.json.decode(body, type=_OnlySeq).seq
    except msgspec.ValidationError:
        return None
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        spelled = _SPELLED_SEQ.search(body)  # the rest may be no JSON, or nested too deep to read
        return int(spelled.group(1)) if spelled else None
