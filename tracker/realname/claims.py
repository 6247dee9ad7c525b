"""A claim (实名承诺): an acceptance says that a document was checked, and its sealed record has to bear it out.

The event carries the record's commitment. A record of the same parcel with that commitment, sealed by the same device
for the same event, proves the claim; so does the one of the acceptance that a correction took the place of. Imported
history has no records. Pure: tracker.intake.claim_upkeep keeps the claims that wait.

What a `SELF_SERVICE_PREVERIFIED` rests on, the record of an earlier check by another device, is no claim here: its
rule goes into `claim_in` and `is_proved_by`.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from tracker.chain.findings import Finding
from tracker.chain.scan import Scan
from tracker.wire.details import AcceptedDetails, Identity
from tracker.wire.event import ReadEvent


class Claim(Struct, frozen=True):
    """An acceptance's claim. `corrects` is the acceptance in whose place it stands, `record_time` our clock's."""

    event_id: UUID
    waybill_no: str
    device_no: int
    commitment: str
    corrects: UUID | None
    record_time: datetime


class SealedFor(Struct, frozen=True):
    """What of a record speaks for a claim: for which event of which parcel it was sealed, and by which device."""

    event_id: UUID
    waybill_no: str
    device_no: int
    commitment: str


def judge_claim(details: AcceptedDetails, *, imported: bool) -> Finding | None:
    """What speaks against a claim at once: that it commits to nothing."""
    identity = _claiming(details, imported=imported)
    return Finding.IDENTITY_UNCOMMITTED if identity is not None and identity.commitment is None else None


def claim_in(scan: Scan, *, device_no: int) -> Claim | None:
    """The claim that a record has to bear out; None where none is made, or none can be."""
    details = scan.details
    identity = _claiming(details, imported=scan.imported) if isinstance(details, AcceptedDetails) else None
    if identity is None or identity.commitment is None:
        return None
    return Claim(
        event_id=scan.event_id,
        waybill_no=scan.waybill_no,
        device_no=device_no,
        commitment=identity.commitment,
        corrects=scan.corrects.event_id if scan.corrects is not None else None,
        record_time=scan.record_time,
    )


def is_proved_by(claim: Claim, record: SealedFor) -> bool:
    """Whether a record is the one that a claim commits to."""
    if (claim.commitment, claim.waybill_no) != (record.commitment, record.waybill_no):
        return False
    if record.event_id == claim.corrects:
        return True
    return (record.event_id, record.device_no) == (claim.event_id, claim.device_no)


def keeps_commitment(claim: Claim, corrected: ReadEvent) -> bool:
    """Whether a correction commits to what the acceptance committed to that it stands in the place of."""
    details = corrected.details
    if not isinstance(details, AcceptedDetails) or details.identity is None:
        return False
    told = (details.identity.commitment, corrected.scan.waybill_no)
    return told == (claim.commitment, claim.waybill_no)


def _claiming(details: AcceptedDetails, *, imported: bool) -> Identity | None:
    identity = details.identity
    if imported or identity is None or identity.exemption is not None:
        return None
    return identity if identity.checked is True else None
