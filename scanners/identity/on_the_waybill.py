"""What stands on the waybill (运单信息): its number, and name, telephone and address of both sides."""

from scanners.identity.presented import Acceptance, AgreementCustomer, Sender
from scanners.identity.reasons import Caution, Reason
from scanners.identity.spelling import MIN_ADDRESS, is_address, is_name, is_phone
from tracker.wire.divisions import division_of
from tracker.wire.waybills import is_miswritten, recognise


def check_on_waybill(acceptance: Acceptance, waybill_no: str | None) -> list[Reason]:
    """What is missing or impossible; `waybill_no` is None where none could be read."""
    found = [] if waybill_no else [Reason.WAYBILL_MALFORMED]
    if waybill_no and is_miswritten(waybill_no):
        found.append(Reason.WAYBILL_MISWRITTEN)
    return [
        *found,
        *_check_sender(acceptance),
        *_check_recipient(acceptance.recipient),
        *_check_destination(acceptance),
    ]


def look_again_at(waybill_no: str) -> tuple[Caution, ...]:
    """The caution for a number that no recogniser knows: which ones there are is a setting, not the law."""
    return () if recognise(waybill_no) else (Caution.WAYBILL_UNRECOGNISED,)


def _check_sender(acceptance: Acceptance) -> list[Reason]:
    sender = acceptance.sender
    if _is_partly_told(sender):
        return [Reason.SENDER_INCOMPLETE]
    found = []
    of_organisation = sender.organisation is not None or isinstance(acceptance.evidence, AgreementCustomer)
    named = is_name(sender.name, of_organisation=of_organisation)
    if not named or not (sender.organisation is None or is_name(sender.organisation, of_organisation=True)):
        found.append(Reason.NAME_UNREADABLE)
    if not (is_phone(sender.phone) and is_address(sender.address)):
        found.append(Reason.CONTACT_UNREADABLE)
    return found


def _check_recipient(recipient: Sender) -> list[Reason]:
    """A parcel may go to a firm, so that its name is read as one's."""
    found = []
    if _is_partly_told(recipient) or len(recipient.address.strip()) < MIN_ADDRESS:
        found.append(Reason.RECIPIENT_INCOMPLETE)
    phone, name = recipient.phone.strip(), recipient.name.strip()
    unreadable = (name and not is_name(name, of_organisation=True)) or not is_address(recipient.address)
    if unreadable or (phone and not is_phone(phone)):
        found.append(Reason.RECIPIENT_UNREADABLE)
    return found


def _check_destination(acceptance: Acceptance) -> list[Reason]:
    """It may be left empty; what is told must be a division."""
    code = acceptance.destination
    return [Reason.DESTINATION_UNKNOWN] if code and division_of(code) is None else []


def _is_partly_told(party: Sender) -> bool:
    return not (party.name.strip() and party.phone.strip() and party.address.strip())
