"""The fold of a case (办理过程): known ways through it, and laws that hold for any order of events."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.complaints.acts import ACTS, find_open_acts, refusal_of
from credit_scoring.complaints.case import Answer, Case, CaseEvent, Ground, Kind, Party
from credit_scoring.complaints.codes.channels import Procedure
from credit_scoring.complaints.fold import apply, begin, fold_case
from credit_scoring.complaints.standing import CaseState
from credit_scoring.complaints.told import TOLD, find_messages
from tests.credit_scoring.complaints.builders import DAY, RECEIVED, case, event

CONSUMER, CARRIER, REGULATOR, SYSTEM = Party
FINDING = {"carrier": "FARREACH", "effective": "yes", "category": "delay", "cause": "late_on_the_road"}
DATA: dict[Kind, list[dict[str, str]]] = {
    Kind.TRANSFERRED: [{"to": "carrier:FARREACH"}],
    Kind.ANSWERED: [{"answer": Answer.EXPLAINED}, {"answer": "nonsense"}],
    Kind.APPEALED: [{"ground": Ground.UNHAPPY}, {}],
    Kind.FOUND: [FINDING, FINDING | {"effective": "no"}, FINDING | {"cause": "never_ordered"}],
    Kind.MERGED: [{"into": "A"}, {"into": "B"}, {"into": case().case_no}],
    Kind.SUSPECTED: [{"of": "A"}, {"of": "B"}],
    Kind.KEPT_APART: [{"other": "A"}, {"other": "B"}],
    Kind.REMINDED: [{"term": "carrier_answer", "due": "2026-09-08"}],
    Kind.FELL_OVERDUE: [{"term": "carrier_answer", "due": "2026-09-08"}],
}
EVENTS = st.builds(
    lambda kind_data, by, days: CaseEvent(1, kind_data[0], RECEIVED + days * DAY, by, "", kind_data[1]),
    st.sampled_from([(kind, data) for kind in Kind for data in DATA.get(kind, [{}])]),
    st.sampled_from(Party),
    st.integers(0, 90),
)
OFFERED = (Kind.ACCEPTED, Kind.SETTLED, Kind.WITHDRAWN, Kind.EXTENDED, Kind.FOUND, Kind.ANSWERED, Kind.APPEALED)
CASES = st.builds(
    lambda procedure, division: case(procedure=procedure, division=division, posted_on=date(2026, 8, 20)),
    st.sampled_from(Procedure),
    st.sampled_from(["330106", "500112", None]),
)


def test_the_carrier_has_seven_days_and_then_an_appeal_is_open() -> None:
    standing = begin(case())
    assert (standing.state, standing.owed_by) == (CaseState.AT_CARRIER, Party.CARRIER)
    assert standing.deadline is not None
    assert standing.deadline.day == date(2026, 9, 8)
    assert not standing.is_overdue(date(2026, 9, 8))
    assert standing.is_overdue(date(2026, 9, 9))
    early, late = (event(1, Kind.APPEALED, CONSUMER, days=days, ground="no_answer") for days in (7, 8))
    assert refusal_of(standing, early) == "carrier_has_time"
    appealed = apply(standing, late)
    assert (appealed.state, appealed.owed_by) == (CaseState.AT_REGULATOR, Party.REGULATOR)
    assert appealed.deadline is not None
    assert appealed.deadline.day == date(2026, 10, 9)


@pytest.mark.parametrize(("days", "in_time"), [(7.4, True), (7.6, False), (20, False)])
def test_an_answer_on_the_seventh_day_is_in_time_until_midnight_in_shanghai(days: float, in_time: bool) -> None:
    answered = apply(begin(case()), event(1, Kind.ANSWERED, CARRIER, days=days, answer="explained"))
    assert answered.state is CaseState.ANSWERED
    assert answered.answered_in_time is in_time
    assert answered.deadline is None


def test_who_is_unhappy_with_an_answer_appeals_at_once_and_who_is_content_closes() -> None:
    answered = apply(begin(case()), event(1, Kind.ANSWERED, CARRIER, days=1, answer="explained"))
    assert apply(answered, event(2, Kind.APPEALED, CONSUMER, days=1, ground="unhappy")).state is CaseState.AT_REGULATOR
    settled = apply(answered, event(2, Kind.SETTLED, CONSUMER, days=1))
    assert (settled.state, settled.settled) == (CaseState.CLOSED, True)


def test_the_regulator_may_take_an_appeal_of_somebody_who_reached_nobody() -> None:
    told = event(1, Kind.APPEALED, REGULATOR, days=1, ground="unreachable")
    assert apply(begin(case()), told).state is CaseState.AT_REGULATOR


def test_in_zhejiang_an_appeal_six_months_after_posting_is_too_late() -> None:
    late = case(division="330106", posted_on=date(2026, 3, 1))
    told = event(1, Kind.APPEALED, CONSUMER, days=9, ground="no_answer")
    assert refusal_of(begin(late), told) == "appeal_too_late"
    assert refusal_of(begin(case(division="330106", posted_on=date(2026, 8, 1))), told) is None


def test_an_extension_is_given_once_in_time_and_only_where_the_rule_knows_one() -> None:
    zhejiang = begin(case(procedure=Procedure.APPEAL, division="330106"))
    longer = apply(zhejiang, event(1, Kind.EXTENDED, REGULATOR, days=15))
    assert longer.deadline is not None
    assert longer.deadline.day == date(2026, 10, 1)
    assert refusal_of(longer, event(2, Kind.EXTENDED, REGULATOR, days=16)) == "no_extension"
    assert refusal_of(zhejiang, event(1, Kind.EXTENDED, REGULATOR, days=16)) == "no_extension"
    nation = begin(case(procedure=Procedure.APPEAL))
    assert refusal_of(nation, event(1, Kind.EXTENDED, REGULATOR, days=1)) == "no_extension"


def test_a_carriers_word_to_the_regulator_leaves_the_case_with_the_regulator() -> None:
    standing = apply(begin(case(procedure=Procedure.APPEAL)), event(1, Kind.ANSWERED, CARRIER, answer="not_ours"))
    assert standing.state is CaseState.AT_REGULATOR
    assert standing.answer == "not_ours"
    assert standing.deadline is not None
    assert standing.deadline.day == date(2026, 10, 1)


def test_a_finding_is_replaced_by_the_next_and_revoked_opens_the_case_again() -> None:
    at_regulator = case(procedure=Procedure.APPEAL)
    first = event(1, Kind.FOUND, REGULATOR, days=3, **FINDING)
    second = event(2, Kind.FOUND, REGULATOR, days=4, **(FINDING | {"effective": "no"}))
    found = fold_case(at_regulator, [first, second])
    assert found.state is CaseState.FOUND
    assert found.finding is not None
    assert (found.finding.carrier, found.finding.effective) == ("FARREACH", False)
    again = apply(found, event(3, Kind.FINDING_REVOKED, REGULATOR, days=5))
    assert (again.state, again.finding) == (CaseState.AT_REGULATOR, None)


def test_12315_runs_from_acceptance_to_mediation_and_a_lead_to_the_reporter() -> None:
    consumer = begin(case(procedure=Procedure.CONSUMER))
    mediating = apply(consumer, event(1, Kind.ACCEPTED, REGULATOR, days=3))
    assert mediating.deadline is not None
    assert mediating.since == date(2026, 9, 4)
    assert apply(mediating, event(2, Kind.MEDIATED, REGULATOR, days=9)).state is CaseState.CLOSED
    lead = apply(begin(case(procedure=Procedure.LEAD)), event(1, Kind.EXTENDED, REGULATOR, days=3))
    docketed = apply(lead, event(2, Kind.DOCKETED, REGULATOR, days=20))
    assert (docketed.state, docketed.extended) == (CaseState.DOCKETED, False)
    assert apply(docketed, event(3, Kind.REPORTER_TOLD, REGULATOR, days=21)).state is CaseState.CLOSED


def test_the_first_asked_stays_whatever_is_transferred_and_no_term_moves() -> None:
    before = begin(case(first_owner="channel:12345"))
    after = apply(before, event(1, Kind.TRANSFERRED, CARRIER, days=5, to="carrier:FARREACH"))
    assert (before.holder, after.holder) == ("carrier:BLUEBIRD", "carrier:FARREACH")
    assert after.case.first_owner == "channel:12345"
    assert after.deadline == before.deadline


def test_a_merger_is_undone_and_the_pair_is_not_asked_about_again() -> None:
    merged = apply(begin(case()), event(1, Kind.MERGED, SYSTEM, into="A"))
    apart = apply(merged, event(2, Kind.KEPT_APART, REGULATOR, other="A"))
    assert (merged.merged_into, apart.merged_into) == ("A", None)
    assert refusal_of(apart, event(3, Kind.SUSPECTED, SYSTEM, of="A")) == "already_merged"
    assert refusal_of(apart, event(3, Kind.SUSPECTED, SYSTEM, of="B")) is None


def test_every_kind_says_who_may_do_it_and_whom_it_tells() -> None:
    assert set(ACTS) == set(Kind) == set(TOLD)


def test_messages_come_newest_first_and_end_with_the_filing() -> None:
    events = [event(1, Kind.ANSWERED, CARRIER, answer="explained"), event(2, Kind.SUSPECTED, SYSTEM, of="A")]
    assert [each.code for each in find_messages(case(), events, CONSUMER)] == ["answered", "filed"]
    assert [each.code for each in find_messages(case(), events, REGULATOR)] == ["suspected", "answered", "filed"]


@given(CASES, st.lists(EVENTS, max_size=12))
def test_any_events_fold_and_one_after_the_other_is_all_at_once(one: Case, events: list[CaseEvent]) -> None:
    standing = begin(one)
    for each in events:
        after = apply(standing, each)
        if refusal_of(standing, each) is not None:
            assert after == standing
        standing = after
    assert standing == fold_case(standing.case, events)
    assert (standing.deadline is None) == (standing.owed_by is None)
    assert (standing.finding is not None) == (standing.state is CaseState.FOUND)
    assert standing.case.first_owner == "carrier:BLUEBIRD"


@given(CASES, st.lists(EVENTS, max_size=8), st.sampled_from(Party), st.integers(0, 90))
def test_what_is_offered_is_taken_and_what_is_not_offered_is_refused(
    one: Case, events: list[CaseEvent], by: Party, days: int
) -> None:
    standing = fold_case(one, events)
    day = date(2026, 9, 1) + timedelta(days=days)
    offered = find_open_acts(standing, by, day)
    for kind in OFFERED:
        told = CaseEvent(1, kind, RECEIVED + days * DAY, by, "", DATA.get(kind, [{}])[0])
        assert (kind in offered) == (refusal_of(standing, told) is None)
