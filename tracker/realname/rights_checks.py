"""What a rights request lets the vault do (凭请求查阅): its own parcels, while it is open, a child's for a guardian."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session

from tracker.realname.rights_requests import Requester, RequestKind, is_child, parse_request_no
from tracker.store.identity_store import SealedRecord, records_of, sealed_record
from tracker.store.rights_store import request_of
from tracker.wire.identity_record import Subject
from tracker.wire.sealing import NotSealedHere, PersonalContent

OF_OTHERS = {Subject.RECIPIENT, Subject.AGENT, Subject.SIGNATURE}  # not the sender's, of whose age the register tells

Open = Callable[[SealedRecord], PersonalContent]


def why_not_for_request(
    session: Session, records: Sequence[SealedRecord], request_no: str, *, kind: RequestKind | None, open_: Open,
    today: date,
) -> str | None:  # fmt: skip
    """Why these records are not for this request, as a code; None where they are. `kind`: only for such a request."""
    number = parse_request_no(request_no)
    request = request_of(session, number) if number else None
    if request is None or not request.is_open or (kind is not None and request.kind is not kind):
        return "request_unknown"
    if any(record.waybill_no not in request.waybill_nos for record in records):
        return "request_unknown"
    senders = {record.waybill_no for record in records if record.subject not in OF_OTHERS}
    is_asked_for = request.requester is Requester.GUARDIAN
    if not is_asked_for and any(_is_childs(session, each, open_, today) for each in senders):
        return "guardian_needed"
    return None


def find_sealed(session: Session, record_ids: Sequence[UUID]) -> list[SealedRecord]:
    """Those of these records that are kept."""
    found = (sealed_record(session, each) for each in dict.fromkeys(record_ids))
    return [record for record in found if record is not None]


def _is_childs(session: Session, waybill_no: str, open_: Open, today: date) -> bool:
    """Whether a child under 14 sent this parcel: the vault looks by machine, and nobody sees more than the answer."""
    lines = [line for line in records_of(session, waybill_no) if line.subject == Subject.REGISTER]
    for record in find_sealed(session, [line.record_id for line in lines]):
        try:
            if is_child(open_(record).document_number, today=today):
                return True
        except NotSealedHere:  # it opens for nobody
            continue
    return False
