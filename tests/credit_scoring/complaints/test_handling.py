"""Handling (办理): acts append, copies hear what answers them, standings equal the fold, terms are told once."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select
from structlog.testing import capture_logs

from credit_scoring.complaints.case import Kind, Party
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.complaint_lists import CaseFilter, count_cases, find_cases
from credit_scoring.complaints.complaint_store import _standing_row, histories_of, history_of
from credit_scoring.complaints.complaint_tables import ComplaintStandingRow
from credit_scoring.complaints.escalation import Escalated, escalate, remind
from credit_scoring.complaints.handling import act
from credit_scoring.complaints.standing import CaseState, Standing
from credit_scoring.errors import ComplaintRefused
from tests.credit_scoring.complaints.builders import DAY, file_one, fill
from tests.web.parcels import DELIVERED, LOST, OVERDUE, UNDER_WAY
from tests.web.world import NOW
from tracker.store.database import build_engine, reading, transaction
from tracker.working_days import last_published_year

FINDING = {"carrier": "BLUEBIRD", "effective": "yes", "category": "delay", "cause": "late_on_the_road"}


@pytest.fixture
def world(engine: Engine) -> Engine:
    fill(engine)
    return engine


def standing(session: Session, case_no: str) -> Standing:
    history = history_of(session, case_no)
    assert history is not None
    return history.standing


def do(engine: Engine, case_no: str, kind: Kind, by: Party, **data: Any) -> Standing:
    with transaction(engine) as session:
        return act(session, case_no, kind, by=by, now=NOW, data=data)


def check_standings(engine: Engine) -> None:
    """Every row equals the fold over the case's events."""
    with reading(engine) as session:
        rows = session.exec(select(ComplaintStandingRow)).all()
        found = histories_of(session, [row.case_no for row in rows])
        assert len(found) == len(rows) > 0
        for row in rows:
            assert row.model_dump() == _standing_row(found[row.case_no].standing).model_dump()


def test_an_answer_and_a_finding_reach_the_copies_that_wait_for_them(world: Engine) -> None:
    with transaction(world) as session:
        lead = file_one(session, DELIVERED).case.case_no
        copy = file_one(session, DELIVERED, channel="12345").case.case_no
        appeal = file_one(session, DELIVERED, channel="12305").case.case_no
    do(world, lead, Kind.ANSWERED, Party.CARRIER, answer="explained")
    with reading(world) as session:
        assert standing(session, copy).state is CaseState.ANSWERED
        assert standing(session, appeal).state is CaseState.AT_REGULATOR
        history = history_of(session, copy)
        assert history is not None
        assert history.events[-1].data["through"] == lead
    do(world, lead, Kind.APPEALED, Party.CONSUMER, ground="unhappy")
    do(world, lead, Kind.FOUND, Party.REGULATOR, **FINDING)
    with reading(world) as session:
        assert standing(session, appeal).state is CaseState.FOUND
        assert standing(session, copy).state is CaseState.ANSWERED  # it was never appealed
    check_standings(world)


@pytest.mark.parametrize(
    ("kind", "by", "data", "code"),
    [
        (Kind.FOUND, Party.REGULATOR, FINDING, "not_in_this_state"),
        (Kind.ANSWERED, Party.REGULATOR, {"answer": "explained"}, "not_yours"),
        (Kind.ANSWERED, Party.CARRIER, {"answer": "call 13800138000"}, "act_incomplete"),
        (Kind.APPEALED, Party.CONSUMER, {"ground": "no_answer"}, "carrier_has_time"),
        (Kind.KEPT_APART, Party.REGULATOR, {"other": "X"}, "not_merged"),
        (Kind.MERGED, Party.REGULATOR, {"into": "X"}, "case_unknown"),
    ],
)
def test_what_may_not_be_done_is_refused_and_leaves_nothing(
    world: Engine, kind: Kind, by: Party, data: dict[str, str], code: str
) -> None:
    with transaction(world) as session:
        case_no = file_one(session, DELIVERED).case.case_no
    with pytest.raises(ComplaintRefused) as refused:
        do(world, case_no, kind, by, **data)
    assert refused.value.code == code
    with reading(world) as session:
        history = history_of(session, case_no)
        assert history is not None
        assert history.events == ()


def test_a_case_that_is_none_is_said_to_be_none(engine: Engine) -> None:
    with pytest.raises(ComplaintRefused, match="case_unknown"):
        do(engine, "TS20261018-2222-2222", Kind.WITHDRAWN, Party.CONSUMER)


def test_a_person_merges_what_the_points_do_not_and_takes_it_apart_again(world: Engine) -> None:
    with transaction(world) as session:
        lead = file_one(session, DELIVERED).case.case_no
        second = file_one(session, UNDER_WAY).case.case_no
        third = file_one(session, DELIVERED, channel="12345", category=Category.LOSS, cause=Cause.ALL_LOST).case.case_no
        foreign = file_one(session, LOST).case.case_no
    do(world, second, Kind.MERGED, Party.REGULATOR, into=lead)
    with pytest.raises(ComplaintRefused, match="merger_of_mergers"):
        do(world, third, Kind.MERGED, Party.REGULATOR, into=second)
    with pytest.raises(ComplaintRefused, match="merger_of_mergers"):
        do(world, lead, Kind.MERGED, Party.REGULATOR, into=third)
    with pytest.raises(ComplaintRefused, match="other_carrier"):
        do(world, third, Kind.MERGED, Party.REGULATOR, into=foreign)
    do(world, second, Kind.KEPT_APART, Party.REGULATOR, other=lead)
    do(world, third, Kind.KEPT_APART, Party.REGULATOR, other=lead)
    with reading(world) as session:
        assert standing(session, second).merged_into is None
        history = history_of(session, second)
        assert history is not None
        assert [each.kind for each in history.events] == [Kind.MERGED, Kind.KEPT_APART]
        assert find_cases(session, CaseFilter(suspected=True)) == []
    check_standings(world)


def test_each_term_is_told_once_before_it_ends_and_once_when_it_is_over(world: Engine) -> None:
    with transaction(world) as session:
        late = file_one(session, OVERDUE, received_at=NOW - 8 * DAY).case.case_no
        today = file_one(session, DELIVERED, received_at=NOW - 7 * DAY).case.case_no
        file_one(session, UNDER_WAY, received_at=NOW - 4 * DAY)
    assert escalate(world, now=NOW) == Escalated(reminded=1, overdue=1)
    assert escalate(world, now=NOW) == Escalated(0, 0)
    with reading(world) as session:
        assert [each for _, each in find_cases(session, CaseFilter(overdue_on=NOW.date()))] == [late]
        history = history_of(session, late)
        assert history is not None
        assert dict(history.events[0].data) == {"term": "carrier_answer", "due": "2026-10-17"}
        assert standing(session, today).notified == {("reminded", "carrier_answer", "2026-10-18")}
        assert count_cases(session, CaseFilter(open_only=True)) == 3
    assert escalate(world, now=NOW + DAY) == Escalated(reminded=1, overdue=1)
    do(world, late, Kind.APPEALED, Party.CONSUMER, ground="no_answer")
    assert escalate(world, now=NOW + 31 * DAY).overdue >= 2
    check_standings(world)


def test_the_job_outlives_a_store_that_is_away(world: Engine, tmp_path: Path) -> None:
    with transaction(world) as session:
        file_one(session, OVERDUE, received_at=NOW - 8 * DAY)
    with capture_logs() as logs:
        remind(world, lambda: NOW)
        remind(world, lambda: NOW)  # nothing more to tell
        remind(build_engine(f"sqlite:///{tmp_path / 'empty.db'}"), lambda: NOW)
    assert [each["event"] for each in logs] == ["complaints_reminded", "job_failed"]
    assert (logs[0]["reminded"], logs[0]["overdue"]) == (0, 1)


def test_a_last_day_that_a_new_calendar_moves_is_counted_anew(world: Engine) -> None:
    with transaction(world) as session:
        case_no = file_one(session, DELIVERED, channel="12315").case.case_no
        act(session, case_no, Kind.ACCEPTED, by=Party.REGULATOR, now=NOW)
    with transaction(world) as session:
        row = session.get_one(ComplaintStandingRow, case_no)
        assert row.due_on == date(2026, 12, 18)
        row.due_on, row.is_provisional = date(2027, 1, 9), True  # as an older calendar would have it
    escalate(world, now=NOW)
    check_standings(world)


def test_a_last_day_past_the_published_calendar_is_marked(world: Engine) -> None:
    eve = datetime(last_published_year(), 12, 25, tzinfo=UTC)
    with transaction(world) as session:
        case_no = file_one(session, DELIVERED, channel="12315", now=eve).case.case_no
        row = session.get_one(ComplaintStandingRow, case_no)
        assert row.is_provisional
        assert row.due_on is not None
        assert row.due_on.year == last_published_year() + 1


def test_a_page_of_cases_goes_on_where_the_last_one_ended(world: Engine) -> None:
    with transaction(world) as session:
        for number in range(7):
            file_one(session, f"QN77{number}", carrier="EVENWAY", channel="12345", source_ref=f"N{number}")
    with reading(world) as session:
        whole = find_cases(session, CaseFilter(carrier="EVENWAY"))
        first = find_cases(session, CaseFilter(carrier="EVENWAY"), limit=3)
        rest = find_cases(session, CaseFilter(carrier="EVENWAY"), after=first[-1])
    assert len(whole) == 7
    assert [*first, *rest] == whole
