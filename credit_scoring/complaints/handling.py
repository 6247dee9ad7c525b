"""Handling (办理): one act on a case, checked against its standing, and told to the cases merged into it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from credit_scoring.complaints.acts import refusal_of
from credit_scoring.complaints.case import CaseEvent, Kind, Party
from credit_scoring.complaints.complaint_store import History, append_event, duplicates_of, history_of
from credit_scoring.complaints.fold import apply
from credit_scoring.complaints.standing import Standing
from credit_scoring.errors import ComplaintRefused

SPREADS = frozenset({Kind.ANSWERED, Kind.FOUND, Kind.FINDING_REVOKED})  # what answers a matter answers its copies
REASONS = {
    "not_yours": "this is for another party to do",
    "not_in_this_state": "the case is not in a state for this",
    "act_incomplete": "something is missing, or is no code of the list",
    "carrier_has_time": "the carrier still has time to answer",
    "appeal_too_late": "the time to appeal is over",
    "no_extension": "the rule knows no extension, it was used, or the term is over",
    "already_merged": "the case is merged already",
    "not_merged": "the two are neither merged nor suspected to be one",
    "already_told": "both sides were told already",
}


def act(
    session: Session,
    case_no: str,
    kind: Kind,
    *,
    by: Party,
    now: datetime,
    account: str = "",
    data: Mapping[str, str] | None = None,
) -> Standing:
    """Do something to a case; how it stands then. Raises ComplaintRefused: `case_unknown`, or why it may not be."""
    history = history_of(session, case_no, lock=True)
    if history is None:
        raise ComplaintRefused("case_unknown", "no case has this number")
    event = CaseEvent(len(history.events) + 1, kind, now, by, account, dict(data or {}))
    if kind is Kind.MERGED:
        _check_merger(session, history, event.data.get("into", ""))
    refusal = refusal_of(history.standing, event)
    if refusal is not None:
        raise ComplaintRefused(refusal, REASONS[refusal])
    standing = apply(history.standing, event)
    append_event(session, standing, event)
    if kind in SPREADS:
        for each in duplicates_of(session, case_no):
            _tell_copy(session, each, event, case_no)
    return standing


def _tell_copy(session: Session, case_no: str, event: CaseEvent, lead: str) -> None:
    """What answers a matter answers its copies, where they wait for it."""
    copy = history_of(session, case_no, lock=True)
    if copy is None:
        return
    told = replace(event, number=len(copy.events) + 1, data={**event.data, "through": lead})
    if refusal_of(copy.standing, told) is None:
        append_event(session, apply(copy.standing, told), told)


def _check_merger(session: Session, history: History, into: str) -> None:
    """A person may merge what the points do not; one level deep, and within one carrier."""
    other = history_of(session, into)
    if other is None:
        raise ComplaintRefused("case_unknown", "no case has the number to merge into")
    if other.standing.merged_into is not None or duplicates_of(session, history.case.case_no):
        raise ComplaintRefused("merger_of_mergers", "merge into the case that leads, and only one that leads none")
    if other.case.carrier != history.case.carrier:
        raise ComplaintRefused("other_carrier", "the two are about different carriers")
