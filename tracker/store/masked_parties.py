"""The masked parties of a parcel (脱敏收寄件人): what its newest identity records show of sender and recipient."""

from collections.abc import Mapping

from sqlmodel import Session

from tracker.store.identity_store import records_of
from tracker.wire.identity_record import Masked, Subject
from tracker.wire.masking import phone_tail

PARTIES = (Subject.SENDER, Subject.RECIPIENT)


def masked_parties_of(session: Session, waybill_no: str) -> dict[Subject, Masked]:
    """Sender and recipient in their masked form; absent where no record tells of them."""
    records = records_of(session, waybill_no)
    return {Subject(each.subject): each.masked for each in records if each.subject in PARTIES}


def phone_tails(parties: Mapping[Subject, Masked]) -> set[str]:
    """The last four digits of their telephones, where the masked form shows them."""
    return {tail for party in parties.values() if party.phone and (tail := phone_tail(party.phone))}
