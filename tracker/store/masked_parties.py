"""The masked parties of a parcel (脱敏收寄件人): what its newest identity records show of sender and recipient.

They open its door, so that only the device counts that accepted the parcel for its carrier, with records of that
acceptance: any other one could give a stranger's parcel a telephone of its own.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import Session

from tracker.chain.trace import Trace
from tracker.store.identity_store import records_of
from tracker.store.registry import device_numbers
from tracker.wire.identity_record import Masked, Subject
from tracker.wire.masking import phone_tail
from tracker.wire.steps import Step
from tracker.wire.topics import Post

PARTIES = (Subject.SENDER, Subject.RECIPIENT)


def masked_parties_of(session: Session, trace: Trace) -> dict[Subject, Masked]:
    """Sender and recipient in their masked form; absent where no record of its acceptance tells of them."""
    accepted = _accepted_by(trace)
    numbers = device_numbers(session, set(accepted.values()))
    told_by = {event_id: numbers.get(post) for event_id, post in accepted.items()}
    records = records_of(session, trace.parcel.waybill_no) if told_by else []
    return {
        Subject(each.subject): each.masked
        for each in records
        if each.subject in PARTIES and each.device_no == told_by.get(each.event_id)
    }


def phone_tails(parties: Mapping[Subject, Masked]) -> set[str]:
    """The last four digits of their telephones, where the masked form shows them."""
    return {tail for party in parties.values() if party.phone and (tail := phone_tail(party.phone))}


def _accepted_by(trace: Trace) -> dict[UUID, Post]:
    """Who made each acceptance that counts for the parcel's carrier, and those whose data it put right."""
    counted = [
        scan
        for scan in trace.scans
        if scan.step is Step.ACCEPTED and scan.carrier == trace.carrier and not scan.imported
    ]
    named = {scan.event_id for scan in counted} | {scan.corrects.event_id for scan in counted if scan.corrects}
    return {
        scan.event_id: Post(scan.carrier, scan.station, scan.device)
        for scan in (*trace.scans, *trace.corrected)
        if scan.event_id in named and scan.carrier == trace.carrier and not scan.imported
    }
