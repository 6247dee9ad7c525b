"""Figures of complaints (投诉指标与通报): what the score takes, and a month as the bulletin prints it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from credit_scoring.complaints.bulletin import collect_bulletin, month_of, rate_of
from credit_scoring.complaints.case import Kind, Party
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.collector import counts_of_complaints
from credit_scoring.complaints.handling import act
from credit_scoring.errors import WindowInvalid
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from tests.credit_scoring.complaints.builders import DAY, file_one, fill
from tests.web.parcels import DELIVERED, HANDED_OVER, LOST, OVERDUE
from tests.web.world import NOW
from tracker.store.database import reading, transaction

OCTOBER = Window(date(2026, 10, 1), date(2026, 11, 1))
FINDING = {"carrier": "BLUEBIRD", "effective": "yes", "category": "delay", "cause": "late_on_the_road"}


@pytest.fixture
def world(engine: Engine) -> Engine:
    """Of BLUEBIRD: one answered in time, one answered late and told twice; of FARREACH one, found to be BLUEBIRD's."""
    fill(engine)
    with transaction(engine) as session:
        quick = file_one(session, DELIVERED, now=NOW - 10 * DAY).case.case_no
        slow = file_one(session, HANDED_OVER, now=NOW - 9 * DAY).case.case_no
        file_one(session, HANDED_OVER, now=NOW - 8 * DAY, channel="12345")
        appeal = file_one(session, LOST, now=NOW - 10 * DAY, channel="12305").case.case_no
        file_one(session, OVERDUE, now=NOW - 2 * DAY, category=Category.LOSS, cause=Cause.ALL_LOST)
        act(session, quick, Kind.ANSWERED, by=Party.CARRIER, now=NOW - 8 * DAY, data={"answer": "explained"})
        act(session, quick, Kind.SETTLED, by=Party.CONSUMER, now=NOW - 7 * DAY)
        act(session, slow, Kind.ANSWERED, by=Party.CARRIER, now=NOW - DAY, data={"answer": "not_ours"})
        act(session, slow, Kind.APPEALED, by=Party.CONSUMER, now=NOW - DAY, data={"ground": "unhappy"})
        act(session, appeal, Kind.FOUND, by=Party.REGULATOR, now=NOW - DAY, data=FINDING)
    return engine


def test_the_score_takes_received_effective_and_answered_in_time(world: Engine) -> None:
    with reading(world) as session:
        counts = counts_of_complaints(session, Scope(OCTOBER, None, NOW))
    assert counts["BLUEBIRD"] == {
        "complaints": (2, 0), "effective_complaints": (1, 0), "answered_in_7_days": (1, 2)
    }  # fmt: skip
    assert counts["FARREACH"] == {
        "complaints": (1, 0), "effective_complaints": (0, 0), "answered_in_7_days": (0, 0)
    }  # fmt: skip
    assert counts["FLYGRAIN"]["answered_in_7_days"] == (0, 0)  # not yet due


def test_what_was_recorded_after_the_moment_is_not_seen(world: Engine) -> None:
    with reading(world) as session:
        early, middle = (
            counts_of_complaints(session, Scope(OCTOBER, None, NOW - days * DAY))["BLUEBIRD"] for days in (9.5, 1.5)
        )
        elsewhere = counts_of_complaints(session, Scope(OCTOBER, "330000", NOW))
        earlier = counts_of_complaints(session, Scope(Window(date(2026, 9, 1), date(2026, 10, 1)), None, NOW))
    assert (early["complaints"], early["answered_in_7_days"]) == ((1, 0), (0, 0))
    assert (middle["complaints"], middle["answered_in_7_days"]) == ((2, 0), (1, 2))
    assert middle["effective_complaints"] == (0, 0)
    assert elsewhere == earlier == {}


def test_a_merger_that_is_undone_counts_twice_again_but_not_for_a_moment_before(world: Engine) -> None:
    with transaction(world) as session:
        lead = file_one(session, "QNX1", carrier="EVENWAY", channel="12345", source_ref="1").case.case_no
        copy = file_one(session, "QNX1", carrier="EVENWAY", channel="12305", source_ref="2").case.case_no
    with transaction(world) as session:
        act(session, copy, Kind.KEPT_APART, by=Party.REGULATOR, now=NOW + DAY, data={"other": lead})
    with reading(world) as session:
        now, later = (
            counts_of_complaints(session, Scope(OCTOBER, None, NOW + days * DAY))["EVENWAY"]["complaints"]
            for days in (0, 2)
        )
    assert (now, later) == ((1, 0), (2, 0))


def test_a_revoked_finding_is_no_longer_effective(world: Engine) -> None:
    with transaction(world) as session:
        case_no = file_one(session, "QNX2", carrier="EVENWAY", channel="12305").case.case_no
        found = FINDING | {"carrier": "EVENWAY"}
        act(session, case_no, Kind.FOUND, by=Party.REGULATOR, now=NOW, data=found)
        act(session, case_no, Kind.FINDING_REVOKED, by=Party.REGULATOR, now=NOW + DAY)
    with reading(world) as session:
        for days, effective in ((0.5, 1), (2, 0)):
            counts = counts_of_complaints(session, Scope(OCTOBER, None, NOW + days * DAY))
            assert counts["EVENWAY"]["effective_complaints"] == (effective, 0)


def test_the_bulletin_counts_appeals_per_million_and_sorts_them(world: Engine) -> None:
    month, window = month_of("2026-10", today=NOW.date())
    with reading(world) as session:
        bulletin = collect_bulletin(session, month, window, as_of=NOW)
    total = bulletin.total
    assert (total.complaints, total.appeals, total.effective) == (4, 2, 1)
    assert total.parcels == sum(line.parcels for line in bulletin.lines) == 6
    assert total.appeal_rate.value == Decimal("333333.33")
    assert total.by_category[Category.DELAY] == 2
    assert sum(total.effective_by.values()) == total.effective
    assert (total.late, total.settled, total.judged) == (1, 1, 2)
    by_carrier = {line.carrier: line for line in bulletin.lines}
    assert by_carrier["BLUEBIRD"].effective == 1  # found on FARREACH's parcel
    assert by_carrier["EVENWAY"].appeals == 0


def test_a_carrier_without_parcels_has_no_rate() -> None:
    assert rate_of(3, 0).value is None


@given(st.integers(0, 1000), st.integers(1000, 10**9))
def test_a_rate_lies_within_its_interval(events: int, parcels: int) -> None:
    rate = rate_of(events, parcels)
    assert rate.value is not None
    assert rate.low is not None
    assert rate.high is not None
    assert rate.low <= rate.value <= rate.high


@pytest.mark.parametrize("text", ["2026-13", "2026", "x", "2026-1", "2026-10-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(WindowInvalid):
        month_of(text, today=date(2026, 10, 18))


def test_without_a_month_it_is_the_last_whole_one() -> None:
    assert month_of(None, today=date(2026, 1, 5))[0] == "2025-12"
    assert month_of("2026-12", today=date(2026, 1, 5))[1] == Window(date(2026, 12, 1), date(2027, 1, 1))
