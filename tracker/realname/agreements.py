"""An acceptance's agreement (协议客户) against the registry: known to this carrier, and in force on that day."""

from collections.abc import Iterable, Mapping

from tracker.chain.findings import Finding
from tracker.wire.agreements import Agreement
from tracker.wire.details import LOCAL, AcceptedDetails
from tracker.wire.event import ReadEvent

AgreementKey = tuple[str, str]  # carrier, agreement number


def agreement_no_in(item: ReadEvent) -> str | None:
    """The agreement that an acceptance claims as its exemption; None for any other event."""
    details = item.details
    if not isinstance(details, AcceptedDetails) or details.identity is None:
        return None
    return details.identity.agreement_no if details.identity.exemption == "AGREEMENT_CUSTOMER" else None


def find_claimed(carrier: str, items: Iterable[object]) -> set[AgreementKey]:
    """The agreements that a carrier's events claim; mostly none, and then nobody asks the store."""
    numbers = (agreement_no_in(item) for item in items if isinstance(item, ReadEvent))
    return {(carrier, number) for number in numbers if number is not None}


def judge_agreement(item: ReadEvent, *, carrier: str, known: Mapping[AgreementKey, Agreement]) -> Finding | None:
    """What speaks against the agreement that an acceptance claims; None where it holds, or none is claimed."""
    number = agreement_no_in(item)
    if number is None:
        return None
    agreement = known.get((carrier, number))
    if agreement is None:
        return Finding.AGREEMENT_UNKNOWN
    day = item.scan.event_time.astimezone(LOCAL).date()
    return None if agreement.is_in_force(day) else Finding.AGREEMENT_NOT_IN_FORCE
