"""What complaints tell of carriers (投诉指标归集): counts for the score, from what was recorded by its moment."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from sqlmodel import Session

from credit_scoring.complaints.case import Kind
from credit_scoring.complaints.complaint_lists import find_received, find_with_event
from credit_scoring.complaints.complaint_store import histories_of
from credit_scoring.complaints.matters import Matter, build_matters
from credit_scoring.complaints.standing import CaseState
from credit_scoring.evidence.evidence import Counts
from credit_scoring.evidence.scope import Scope
from tracker.wire.divisions import division_prefix
from tracker.working_days import local_day_of

FIRST = datetime(2000, 1, 1, tzinfo=UTC)


def counts_of_complaints(session: Session, scope: Scope, *, without: Collection[str] = ()) -> Counts:
    """By carrier: complaints received in the window, those found effective (both over 0: parcels are the engine's),
    and how many of those due by `as_of` were answered in 7 days; `without` some case numbers.
    """
    return count_matters(collect_matters(session, scope, without=without), as_of=scope.as_of)


def collect_matters(session: Session, scope: Scope, *, without: Collection[str] = ()) -> list[Matter]:
    """The matters whose leading case was received in the window, as they stood at `as_of`."""
    prefix = division_prefix(scope.division) if scope.division else None
    window = scope.window
    received = find_received(session, window.start, window.end, prefix=prefix, recorded_by=scope.as_of)
    return matters_of(session, [each for each in received if each not in without], seen_by=scope.as_of)


def matters_of(session: Session, case_nos: Iterable[str], *, seen_by: datetime) -> list[Matter]:
    """The matters that some cases lead, with their copies wherever those lie."""
    wanted = list(case_nos)
    merged = find_with_event(session, Kind.MERGED, FIRST, seen_by)
    copies = [each for each in merged if each not in set(wanted)]
    found = histories_of(session, [*wanted, *copies], seen_by=seen_by)
    matters = build_matters(each.standing for each in found.values())
    asked = set(wanted)
    return [each for each in matters if each.lead.case.case_no in asked]


def count_matters(matters: Iterable[Matter], *, as_of: datetime) -> Counts:
    """The counts; pure. What was withdrawn counts as received: a withdrawal may have been bought."""
    received: Counter[str] = Counter()
    effective: Counter[str] = Counter()
    due: Counter[str] = Counter()
    in_time: Counter[str] = Counter()
    today = local_day_of(as_of)
    for matter in matters:
        lead = matter.lead
        carrier = lead.case.carrier
        received[carrier] += 1
        if matter.is_effective:
            effective[matter.responsible] += 1
        last = lead.carrier_deadline
        if last is not None and last.is_missed(today) and _was_to_be_answered(matter):
            due[carrier] += 1
            in_time[carrier] += lead.answered_in_time
    return {
        each: {
            "complaints": (received[each], 0),
            "effective_complaints": (effective[each], 0),
            "answered_in_7_days": (in_time[each], due[each]),
        }
        for each in sorted(received.keys() | effective.keys())
    }


def _was_to_be_answered(matter: Matter) -> bool:
    """Whether the carrier owed an answer: not where the complaint was taken back first."""
    lead = matter.lead
    return lead.state is not CaseState.WITHDRAWN or lead.answered_at is not None
