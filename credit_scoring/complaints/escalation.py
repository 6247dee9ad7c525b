"""Escalation (催办与升级): who owes an answer is reminded, and both sides are told when a term is over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.engine import Engine
from sqlmodel import Session

from credit_scoring.complaints.case import CaseEvent, Kind, Party
from credit_scoring.complaints.complaint_lists import AT_ONCE, find_due
from credit_scoring.complaints.complaint_store import append_event, history_of, save_standing
from credit_scoring.complaints.fold import apply
from credit_scoring.complaints.standing import Standing
from tracker.store.database import reading, transaction
from tracker.working_days import local_day_of

REMIND_BEFORE = timedelta(days=2)  # a proposal: no rule knows reminders


REMIND_EVERY = timedelta(minutes=10)  # how often the scheduler looks
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Escalated:
    """How many were reminded, and how many fell overdue."""

    reminded: int
    overdue: int


def remind(engine: Engine, clock: Callable[[], datetime]) -> None:
    """The scheduler's job; what fails is logged, and the next look tries again."""
    try:
        done = escalate(engine, now=clock())
    except Exception:
        log.exception("job_failed", job="remind_complaints")
    else:
        if done.reminded or done.overdue:
            log.info("complaints_reminded", reminded=done.reminded, overdue=done.overdue)


def escalate(engine: Engine, *, now: datetime) -> Escalated:
    """Look at every case whose term ends soon or is over; each is told once a term. Again changes nothing."""
    reminded = overdue = 0
    after = ""
    while True:
        with reading(engine) as session:
            found = find_due(session, local_day_of(now) + REMIND_BEFORE, after=after)
        for case_no in found:
            with transaction(engine) as session:
                kind = escalate_case(session, case_no, now=now)
            reminded += kind is Kind.REMINDED
            overdue += kind is Kind.FELL_OVERDUE
        if len(found) < AT_ONCE:
            return Escalated(reminded, overdue)
        after = found[-1]


def escalate_case(session: Session, case_no: str, *, now: datetime) -> Kind | None:
    """Tell of one case what there is to tell; which it was. Its last day is counted anew where that may have moved."""
    history = history_of(session, case_no, lock=True)
    if history is None:
        return None
    standing = history.standing
    told = _due_word(standing, now, len(history.events) + 1)
    if told is not None:
        append_event(session, apply(standing, told), told)
        return told.kind
    save_standing(session, standing)
    return None


def _due_word(standing: Standing, now: datetime, number: int) -> CaseEvent | None:
    deadline, term, today = standing.deadline, standing.term, local_day_of(now)
    if deadline is None or term is None or today < deadline.day - REMIND_BEFORE:
        return None
    kind = Kind.FELL_OVERDUE if deadline.is_missed(today) else Kind.REMINDED
    due = deadline.day.isoformat()
    if (str(kind), str(term.name), due) in standing.notified:
        return None
    return CaseEvent(number, kind, now, Party.SYSTEM, "", {"term": term.name, "due": due})
