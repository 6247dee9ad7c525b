"""The list of agreements (协议客户名单) that a station holds offline, and whether it shows an exemption."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scanners.identity.presented import Sender
from scanners.identity.reasons import Reason
from scanners.identity.spelling import is_same_name
from tracker.wire.agreements import Agreement, AgreementList
from tracker.wire.details import LOCAL


@dataclass(frozen=True, slots=True, repr=False)
class HeldAgreements:
    """A list whose signature was checked, by number."""

    carrier: str
    issued_at: datetime
    by_number: dict[str, Agreement]


def hold_agreements(listed: AgreementList) -> HeldAgreements:
    """A signed list, ready to be asked."""
    return HeldAgreements(listed.carrier, listed.issued_at, {each.agreement_no: each for each in listed.agreements})


def check_agreement(
    agreement_no: str,
    held: HeldAgreements | None,
    *,
    sender: Sender,
    carrier: str,
    now: datetime,
    list_days: int,
) -> list[Reason]:
    """What speaks against an agreement at this carrier's counter now; nothing where it holds.

    A list that was signed later than now is none that is old: this station's clock is.
    """
    if held is None:
        return [Reason.AGREEMENT_LIST_MISSING]
    agreement = held.by_number.get(agreement_no)
    if held.carrier != carrier or (agreement is not None and agreement.carrier != carrier):
        return [Reason.AGREEMENT_OF_ANOTHER_CARRIER]
    if now - held.issued_at > timedelta(days=list_days):
        return [Reason.AGREEMENT_LIST_STALE]
    if agreement is None:
        return [Reason.AGREEMENT_UNKNOWN]
    if not agreement.is_in_force(now.astimezone(LOCAL).date()):
        return [Reason.AGREEMENT_NOT_IN_FORCE]
    named = (sender.organisation or "", sender.name)
    return [] if any(is_same_name(name, agreement.customer) for name in named) else [Reason.AGREEMENT_MISMATCH]
