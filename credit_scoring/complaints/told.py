"""What both sides are told (双向告知): each event speaks to its parties; their pages show it. Pure.

An event is stored once and never changed, so the messages need no table of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from credit_scoring.complaints.case import Case, CaseEvent, Kind, Party

_CONSUMER, _CARRIER, _REGULATOR = Party.CONSUMER, Party.CARRIER, Party.REGULATOR
ALL = frozenset({_CONSUMER, _CARRIER, _REGULATOR})
FILED = "filed"
TOLD: dict[Kind, frozenset[Party]] = {
    Kind.TRANSFERRED: ALL,
    Kind.ANSWERED: ALL,
    Kind.SETTLED: ALL,
    Kind.APPEALED: ALL,
    Kind.EXTENDED: ALL,
    Kind.ACCEPTED: ALL,
    Kind.DECLINED: ALL,
    Kind.MEDIATED: ALL,
    Kind.DOCKETED: ALL,
    Kind.NOT_DOCKETED: ALL,
    Kind.REPORTER_TOLD: ALL,
    Kind.FOUND: ALL,
    Kind.FINDING_REVOKED: ALL,
    Kind.MERGED: ALL,
    Kind.SUSPECTED: frozenset({_REGULATOR}),
    Kind.KEPT_APART: frozenset({_REGULATOR}),
    Kind.WITHDRAWN: ALL,
    Kind.REMINDED: frozenset({_CARRIER, _REGULATOR}),
    Kind.FELL_OVERDUE: ALL,
}


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell: `code` is a Kind or FILED, `data` its codes."""

    at: datetime
    code: str
    by: Party
    data: Mapping[str, str]


def find_messages(case: Case, events: Iterable[CaseEvent], party: Party) -> list[Message]:
    """What a party is told of a case, the newest first."""
    filed = Message(case.received_at, FILED, Party.CONSUMER, {})
    told = [Message(each.at, each.kind, each.by, each.data) for each in events if party in TOLD[each.kind]]
    return [*reversed(told), filed]
