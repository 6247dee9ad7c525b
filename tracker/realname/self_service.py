"""Self-service terms (自助终端期限): for which carrier, and when, a device's checks beforehand count. Pure."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct


class SelfServiceTerm(Struct, frozen=True):
    """One self-service key of a device: in force from `since` until `until` by our clock, None while it still is."""

    device_no: int
    carrier: str
    since: datetime
    until: datetime | None


def was_self_service(terms: Iterable[SelfServiceTerm], *, device_no: int, carrier: str, at: datetime) -> bool:
    """Whether a device was one of self-service for a carrier at a moment by our clock."""
    return any(
        (term.device_no, term.carrier) == (device_no, carrier)
        and term.since <= at
        and (term.until is None or at < term.until)
        for term in terms
    )
