"""The fold of a case (办理过程): from its events to its standing, pure. What may not be done changes nothing."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from credit_scoring.complaints.acts import refusal_of
from credit_scoring.complaints.case import Case, CaseEvent, Kind
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.standing import FIRST, LEADS_TO, CaseState, Finding, Standing


def begin(case: Case) -> Standing:
    """A case on the day it came in."""
    state = FIRST[case.procedure]
    holder = f"carrier:{case.carrier}" if state is CaseState.AT_CARRIER else case.first_owner
    return Standing(case, state, case.received_on, holder)


def fold_case(case: Case, events: Iterable[CaseEvent]) -> Standing:
    """How a case stands after its events, in their order."""
    standing = begin(case)
    for event in events:
        standing = apply(standing, event)
    return standing


def apply(standing: Standing, event: CaseEvent) -> Standing:
    """How it stands after one more event."""
    if refusal_of(standing, event) is not None:
        return standing
    changed = replace(standing, **_CHANGES.get(event.kind, _nothing)(standing, event))
    state = LEADS_TO.get(event.kind)
    if event.kind is Kind.ANSWERED and standing.state is CaseState.AT_CARRIER:
        state = CaseState.ANSWERED  # an answer to the regulator leaves the case there
    if state in (None, standing.state):
        return changed
    return replace(changed, state=state, since=event.day, extended=False)


def _finding(event: CaseEvent) -> Finding:
    data = event.data
    return Finding(
        carrier=data["carrier"],
        effective=data["effective"] == "yes",
        category=Category(data["category"]),
        cause=Cause(data["cause"]),
        at=event.at,
    )


def _told(standing: Standing, event: CaseEvent) -> dict[str, Any]:
    return {"notified": standing.notified | {(str(event.kind), event.data["term"], event.data["due"])}}


_CHANGES: dict[Kind, Callable[[Standing, CaseEvent], dict[str, Any]]] = {  # of each kind; the state is left out
    Kind.TRANSFERRED: lambda _, event: {"holder": event.data["to"]},
    Kind.ANSWERED: lambda before, event: {
        "answer": event.data["answer"],
        "answered_at": before.answered_at or event.at,
    },
    Kind.SETTLED: lambda *_: {"settled": True},
    Kind.APPEALED: lambda _, event: {"appealed_at": event.at, "ground": event.data["ground"]},
    Kind.EXTENDED: lambda *_: {"extended": True},
    Kind.FOUND: lambda _, event: {"finding": _finding(event)},
    Kind.FINDING_REVOKED: lambda *_: {"finding": None},
    Kind.MERGED: lambda _, event: {"merged_into": event.data["into"], "suspected_of": None},
    Kind.SUSPECTED: lambda _, event: {"suspected_of": event.data["of"]},
    Kind.KEPT_APART: lambda before, event: {
        "merged_into": None,
        "suspected_of": None,
        "kept_apart": before.kept_apart | {event.data["other"]},
    },
    Kind.REMINDED: _told,
    Kind.FELL_OVERDUE: _told,
}


def _nothing(*_: object) -> dict[str, Any]:
    return {}
