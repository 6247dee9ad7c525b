"""The acceptance event (收寄事件): what the gate accepted, and nothing else, becomes an `accepted` event."""

from uuid import UUID

from msgspec.structs import replace

from scanners.identity.gate import Accepted
from tracker.wire.details import Goods
from tracker.wire.event import Correction, Position, ScanEvent, encode_details, encode_event
from tracker.wire.steps import Step


class CommitmentMissing(ValueError):
    """An identity was checked, so that the event must carry the commitment to its sealed record."""


def capture_accepted(
    accepted: Accepted,
    *,
    event_id: UUID,
    commitment: str | None,
    operator: str | None = None,
    place: Position | None = None,
    promised_at: str | None = None,
    goods: list[Goods] | None = None,
    origin: str | None = None,
    destination: str | None = None,
    corrects: Correction | None = None,
) -> ScanEvent:
    """The event for a parcel that passed the gate, at the moment of the decision; its `seq` is given by the outbox.

    `commitment` is the one to the sealed record of `accepted.sealed`, and None exactly where that is None. Raises
    CommitmentMissing where the two do not fit.
    """
    if (commitment is None) != (accepted.sealed is None):
        raise CommitmentMissing("a commitment goes with a sealed record, and a sealed record with a commitment")
    details = replace(accepted.details, promised_at=promised_at, goods=goods, origin=origin, destination=destination)
    if commitment is not None and details.identity is not None:
        details = replace(details, identity=replace(details.identity, commitment=commitment))
    scan = ScanEvent(
        event_id=event_id,
        seq=0,
        step=Step.ACCEPTED,
        event_time=accepted.decided_at.astimezone(),
        waybill_no=accepted.waybill_no,
        operator=operator,
        position=place,
        details=encode_details(details),
        corrects=corrects,
    )
    encode_event(scan)
    return scan
