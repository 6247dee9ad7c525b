"""The masked parties of a parcel (脱敏收寄件人): what its newest identity records show of sender and recipient."""

import msgspec
import sqlalchemy as sa
from sqlmodel import Session

from tracker.store.bulk import table_of
from tracker.store.tables import IdentityRecordRow
from tracker.wire.identity_record import Masked, Subject
from tracker.wire.masking import phone_tail

_RECORD = table_of(IdentityRecordRow)
PARTIES = (Subject.SENDER, Subject.RECIPIENT)


def masked_parties_of(session: Session, waybill_no: str) -> dict[Subject, Masked]:
    """Sender and recipient in their masked form; absent where no record tells of them."""
    rows = session.connection().execute(
        sa.select(_RECORD.c.subject, _RECORD.c.masked)
        .where(_RECORD.c.waybill_no == waybill_no, _RECORD.c.subject.in_([str(subject) for subject in PARTIES]))
        .order_by(_RECORD.c.record_time, _RECORD.c.record_id)
    )
    return {Subject(row.subject): msgspec.json.decode(row.masked, type=Masked) for row in rows}


def phone_tails_of(session: Session, waybill_no: str) -> set[str]:
    """The last four digits of the sender's and the recipient's telephone, where their masked form shows them."""
    phones = (party.phone for party in masked_parties_of(session, waybill_no).values())
    return {tail for phone in phones if phone and (tail := phone_tail(phone))}
