"""Acts on a case (办理动作): who may do what, in which state and by when; pure."""

from dataclasses import dataclass
from datetime import date

from credit_scoring.complaints.case import Answer, CaseEvent, Ground, Kind, Party
from credit_scoring.complaints.codes.categories import Category, Cause, fits
from credit_scoring.complaints.codes.terms import TermName, term_of
from credit_scoring.complaints.standing import OWED, CaseState, Standing

OPEN_STATES = frozenset(OWED)
ANYWHERE = frozenset(CaseState)


@dataclass(frozen=True, slots=True)
class _Act:
    parties: frozenset[Party]
    states: frozenset[CaseState]


def _act(parties: set[Party], states: set[CaseState] | frozenset[CaseState]) -> _Act:
    return _Act(frozenset(parties), frozenset(states))


_S, _P = CaseState, Party
ACTS: dict[Kind, _Act] = {
    Kind.TRANSFERRED: _act({_P.CARRIER, _P.REGULATOR}, OPEN_STATES),
    Kind.ANSWERED: _act({_P.CARRIER}, {_S.AT_CARRIER, _S.AT_REGULATOR}),
    Kind.SETTLED: _act({_P.CONSUMER}, {_S.ANSWERED}),
    Kind.APPEALED: _act({_P.CONSUMER, _P.REGULATOR}, {_S.AT_CARRIER, _S.ANSWERED}),
    Kind.EXTENDED: _act({_P.REGULATOR}, {_S.AT_REGULATOR, _S.CHECKING}),
    Kind.ACCEPTED: _act({_P.REGULATOR}, {_S.AT_MARKET}),
    Kind.DECLINED: _act({_P.REGULATOR}, {_S.AT_MARKET}),
    Kind.MEDIATED: _act({_P.REGULATOR}, {_S.MEDIATING}),
    Kind.DOCKETED: _act({_P.REGULATOR}, {_S.CHECKING}),
    Kind.NOT_DOCKETED: _act({_P.REGULATOR}, {_S.CHECKING}),
    Kind.REPORTER_TOLD: _act({_P.REGULATOR}, {_S.DOCKETED}),
    Kind.FOUND: _act({_P.REGULATOR}, {_S.AT_REGULATOR, _S.FOUND}),
    Kind.FINDING_REVOKED: _act({_P.REGULATOR}, {_S.FOUND}),
    Kind.MERGED: _act({_P.REGULATOR, _P.SYSTEM}, ANYWHERE),
    Kind.SUSPECTED: _act({_P.SYSTEM}, ANYWHERE),
    Kind.KEPT_APART: _act({_P.REGULATOR}, ANYWHERE),
    Kind.WITHDRAWN: _act({_P.CONSUMER}, {_S.AT_CARRIER, _S.ANSWERED, _S.AT_REGULATOR}),
    Kind.REMINDED: _act({_P.SYSTEM}, OPEN_STATES),
    Kind.FELL_OVERDUE: _act({_P.SYSTEM}, OPEN_STATES),
}


def refusal_of(standing: Standing, event: CaseEvent) -> str | None:
    """Why an event cannot be taken, as a code; None where it can."""
    act = ACTS[event.kind]
    if event.by not in act.parties:
        return "not_yours"
    if standing.state not in act.states:
        return "not_in_this_state"
    if not _is_whole(event):
        return "act_incomplete"
    return _condition(standing, event)


def find_open_acts(standing: Standing, party: Party, today: date) -> list[Kind]:
    """What a party may do now, in the order of the kinds."""
    return [
        kind
        for kind, act in ACTS.items()
        if party in act.parties and standing.state in act.states and _is_timely(standing, kind, party, today)
    ]


def _is_timely(standing: Standing, kind: Kind, party: Party, today: date) -> bool:
    if kind is Kind.APPEALED:
        return appeal_refusal(standing, party, today) is None
    if kind is Kind.EXTENDED:
        return _may_extend(standing, today)
    if kind is Kind.KEPT_APART:
        return standing.merged_into is not None or standing.suspected_of is not None
    return kind is not Kind.MERGED or standing.merged_into is None


def appeal_refusal(standing: Standing, party: Party, day: date) -> str | None:
    """Why nobody may appeal on a day: the carrier still has time, or the appeal's own time is over."""
    still_due = standing.state is CaseState.AT_CARRIER and not standing.is_overdue(day)
    if still_due and party is not Party.REGULATOR:
        return "carrier_has_time"
    posted = standing.case.posted_on
    term = term_of(TermName.APPEAL_ANSWER, standing.case.division, day)
    return None if posted is None or term.may_be_asked(posted, day) else "appeal_too_late"


def ground_of(standing: Standing) -> Ground:
    """On which ground somebody appeals where nothing else was said."""
    return Ground.UNHAPPY if standing.state is CaseState.ANSWERED else Ground.NO_ANSWER


def _may_extend(standing: Standing, day: date) -> bool:
    term = standing.term
    return term is not None and term.extension > 0 and not standing.extended and not standing.is_overdue(day)


def _condition(standing: Standing, event: CaseEvent) -> str | None:
    if event.kind is Kind.APPEALED:
        return appeal_refusal(standing, event.by, event.day)
    if event.kind is Kind.EXTENDED:
        return None if _may_extend(standing, event.day) else "no_extension"
    if event.kind in (Kind.REMINDED, Kind.FELL_OVERDUE):
        told = (str(event.kind), event.data["term"], event.data["due"])
        return "already_told" if told in standing.notified else None
    return _likeness_condition(standing, event)


def _likeness_condition(standing: Standing, event: CaseEvent) -> str | None:
    """Merged once at a time, not with itself; apart only what was together; not asked about again."""
    data, case_no = event.data, standing.case.case_no
    if event.kind is Kind.MERGED:
        return "already_merged" if standing.merged_into or data["into"] == case_no else None
    if event.kind is Kind.SUSPECTED:
        known = standing.merged_into or data["of"] in standing.kept_apart or data["of"] == case_no
        return "already_merged" if known else None
    if event.kind is Kind.KEPT_APART:
        return None if data["other"] in (standing.merged_into, standing.suspected_of) else "not_merged"
    return None


_NEEDS: dict[Kind, tuple[str, ...]] = {
    Kind.TRANSFERRED: ("to",),
    Kind.ANSWERED: ("answer",),
    Kind.APPEALED: ("ground",),
    Kind.FOUND: ("carrier", "effective", "category", "cause"),
    Kind.MERGED: ("into",),
    Kind.SUSPECTED: ("of",),
    Kind.KEPT_APART: ("other",),
    Kind.REMINDED: ("term", "due"),
    Kind.FELL_OVERDUE: ("term", "due"),
}


def _is_whole(event: CaseEvent) -> bool:
    """Whether it says all that its kind must say, in codes of the closed lists."""
    data = event.data
    if any(not data.get(name) for name in _NEEDS.get(event.kind, ())):
        return False
    if event.kind is Kind.ANSWERED:
        return data["answer"] in set(Answer)
    if event.kind is Kind.APPEALED:
        return data["ground"] in set(Ground)
    if event.kind is Kind.FOUND:
        category, cause = data["category"], data["cause"]
        known = category in set(Category) and cause in set(Cause) and fits(Category(category), Cause(cause))
        return known and data["effective"] in ("yes", "no")
    return True
