"""Keeping identity records (实名记录入库): what is new is stored sealed, beside the events and in the same commit."""

from uuid import UUID

import msgspec
from sqlmodel import Session

from tracker.intake.delivery import ReadRecords
from tracker.intake.judging import Outcome, Recording
from tracker.realname.claims import SealedFor
from tracker.store.claim_store import remember_erased
from tracker.store.identity_store import KnownRecords, NewRecord, append_records, count_records_of, known_records
from tracker.store.quarantine import Kept
from tracker.wire.errors import EventRejected, RejectionCode
from tracker.wire.identity_record import ReadRecord, Subject
from tracker.wire.receipt import Rejection

RECORDS_OF_A_WAYBILL = 64  # of one device: the sender, the recipient, who signed, photographs are far fewer
_ENCODE = msgspec.json.Encoder().encode


def take_records(session: Session, recording: Recording, batches: list[ReadRecords]) -> list[Outcome]:
    """Keep what is new of these batches; the events of the same commit have their positions by now.

    A record has no place in the log, from which it could not be erased: its receipt tells how far the log had come.
    """
    read = [item.record for batch in batches for item in batch.records if isinstance(item, ReadRecord)]
    known = known_records(session, {record.record_id for record in read})
    crowds = count_records_of(session, {record.waybill_no for record in read})
    new: dict[UUID, NewRecord] = {}
    again: dict[UUID, SealedFor | None] = {}
    position = recording.head.position + len(recording.new)
    outcomes = []
    for batch in batches:
        outcome = Outcome(batch, positions=[position])
        for item, body in zip(batch.records, batch.bodies, strict=True):
            try:
                if isinstance(item, EventRejected):
                    raise item
                _take_record(recording, outcome, item, known=known, crowds=crowds, new=new, again=again)
            except EventRejected as rejection:
                record_id = str(item.record.record_id) if isinstance(item, ReadRecord) else _record_id_in(body)
                outcome.rejected.append(Rejection(record_id, rejection.code, rejection.reason))
                recording.kept.append(Kept(body, rejection.code, rejection.reason, batch.delivery.post))
        outcomes.append(outcome)
    append_records(session, new.values())
    remember_erased(session, again)
    return outcomes


def _take_record(
    recording: Recording,
    outcome: Outcome,
    item: ReadRecord,
    *,
    known: KnownRecords,
    crowds: dict[tuple[str, int], int],
    new: dict[UUID, NewRecord],
    again: dict[UUID, SealedFor | None],
) -> None:
    record = item.record
    told = (record.commitment, record.event_id)
    earlier = known.kept.get(record.record_id)
    device_no = recording.devices[outcome.batch.delivery.post].device_no
    sealed = SealedFor(record.event_id, record.waybill_no, device_no, record.commitment, recording.record_time)
    is_register = record.subject is Subject.REGISTER  # the only one that an acceptance commits to
    if record.record_id in known.erased:
        if record.record_id in known.untold:  # its erasure is no fault of the acceptance; told once, it proves no other
            known.untold.discard(record.record_id)
            again[record.record_id] = sealed if is_register else None
            if is_register:
                recording.sealed.append(sealed)
        outcome.duplicates += 1
        return
    if earlier is not None:
        if earlier != told:
            raise EventRejected(RejectionCode.EVENT_ID_REUSED, "this record_id is kept with other content")
        outcome.duplicates += 1
        return
    here = record.waybill_no, device_no  # by device, so that nobody takes the room of the one that accepted
    if crowds.get(here, 0) >= RECORDS_OF_A_WAYBILL:
        raise EventRejected(RejectionCode.WAYBILL_FULL, "this waybill has as many identity records as one may have")
    crowds[here] = crowds.get(here, 0) + 1
    known.kept[record.record_id] = told
    new[record.record_id] = NewRecord(
        record_id=record.record_id,
        waybill_no=record.waybill_no,
        event_id=record.event_id,
        subject=record.subject.value,
        device_no=device_no,
        seq=record.seq,
        kid=record.kid,
        commitment=record.commitment,
        masked=_ENCODE(record.masked),
        box=item.box,
        record_time=recording.record_time,
    )
    if is_register:
        recording.sealed.append(sealed)
    outcome.recorded += 1


class _OnlyId(msgspec.Struct):
    record_id: UUID


def _record_id_in(body: bytes) -> str | None:
    """The id of a rejected record, where its bytes still tell one."""
    try:
        return str(msgspec.json.decode(body, type=_OnlyId).record_id)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
