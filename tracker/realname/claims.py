"""A claim (实名承诺): an acceptance says that a document was checked, and its sealed record has to bear it out.

The event carries the record's commitment. A record of the same parcel with that commitment, sealed by the same device
for the same event, proves the claim; so does the one of the acceptance that a correction took the place of. Imported
history has no records. Pure: tracker.intake.claim_upkeep keeps the claims that wait.

A `SELF_SERVICE_PREVERIFIED` claims that the check was made beforehand: the record of the same parcel with that
commitment came from a device that was one of self-service for the carrier when it came, and the check's own id is of a
moment before the acceptance, no longer ago than vouchers serve.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from tracker.chain.findings import Finding
from tracker.chain.scan import Scan
from tracker.realname.self_service import SelfServiceTerm, was_self_service
from tracker.wire.details import AcceptedDetails, Identity
from tracker.wire.event import ReadEvent
from tracker.wire.event_ids import time_of
from tracker.wire.remote_check import SERVES


class Claim(Struct, frozen=True):
    """An acceptance's claim. `corrects` is the acceptance in whose place it stands, `record_time` our clock's.

    `preverified_for` is its carrier and `accepted_at` its own time where the check was made beforehand, else None.
    """

    event_id: UUID
    waybill_no: str
    device_no: int
    commitment: str
    corrects: UUID | None
    record_time: datetime
    preverified_for: str | None = None
    accepted_at: datetime | None = None


class SealedFor(Struct, frozen=True):
    """What of a record speaks for a claim: for which event of which parcel it was sealed, by which device, and when
    it came.
    """

    event_id: UUID
    waybill_no: str
    device_no: int
    commitment: str
    record_time: datetime


def judge_claim(details: AcceptedDetails, *, imported: bool) -> Finding | None:
    """What speaks against a claim at once: that it commits to nothing."""
    identity = None if imported else _checking(details.identity)
    return Finding.IDENTITY_UNCOMMITTED if identity is not None and identity.commitment is None else None


def claim_in(scan: Scan, *, device_no: int) -> Claim | None:
    """The claim that a record has to bear out; None where none is made, or none can be."""
    details = scan.details
    if scan.imported or not isinstance(details, AcceptedDetails):
        return None
    beforehand = _checking_beforehand(details.identity)
    identity = beforehand or _checking(details.identity)
    if identity is None or identity.commitment is None:
        return None
    return Claim(
        event_id=scan.event_id,
        waybill_no=scan.waybill_no,
        device_no=device_no,
        commitment=identity.commitment,
        corrects=scan.corrects.event_id if scan.corrects is not None else None,
        record_time=scan.record_time,
        preverified_for=scan.carrier if beforehand else None,
        accepted_at=scan.event_time if beforehand else None,
    )


def is_proved_by(claim: Claim, record: SealedFor, terms: Iterable[SelfServiceTerm] = ()) -> bool:
    """Whether a record is the one that a claim commits to; `terms` are those of the record's device."""
    if (claim.commitment, claim.waybill_no) != (record.commitment, record.waybill_no):
        return False
    if claim.preverified_for is not None and claim.accepted_at is not None:
        carrier, age = claim.preverified_for, claim.accepted_at - time_of(record.event_id)
        is_timely = timedelta() <= age <= SERVES
        return is_timely and was_self_service(terms, device_no=record.device_no, carrier=carrier, at=record.record_time)
    if record.event_id == claim.corrects:
        return True
    return (record.event_id, record.device_no) == (claim.event_id, claim.device_no)


def keeps_claim(claim: Claim, corrected: ReadEvent, *, imported: bool) -> bool:
    """Whether a correction claims what the acceptance claimed that it stands in the place of.

    One that committed to the same and claimed no check, or another one, or that was imported, was held against no
    record.
    """
    details = corrected.details
    if imported or not isinstance(details, AcceptedDetails):
        return False
    identity = _checking(details.identity) if claim.preverified_for is None else _checking_beforehand(details.identity)
    return identity is not None and (identity.commitment, corrected.scan.waybill_no) == (
        claim.commitment,
        claim.waybill_no,
    )


def _checking(identity: Identity | None) -> Identity | None:
    """The mark of a check at the counter."""
    is_one = identity is not None and identity.exemption is None and identity.checked is True
    return identity if is_one else None


def _checking_beforehand(identity: Identity | None) -> Identity | None:
    """The mark of a check beforehand."""
    return identity if identity is not None and identity.exemption == "SELF_SERVICE_PREVERIFIED" else None
