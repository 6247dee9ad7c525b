"""Duplicates (重复投诉): measured on 5,000 complaints whose truth the matcher does not see."""

from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.complaints.case import Case
from credit_scoring.complaints.codes.categories import CAUSES_OF, Category, Cause
from credit_scoring.complaints.codes.channels import route
from credit_scoring.complaints.duplicates import MERGE, find_duplicate, likeness
from tests.credit_scoring.complaints.builders import RECEIVED, case
from tests.credit_scoring.complaints.scenario import AGAIN, COMPLAINTS, Told, draw_calls
from tracker.working_days import local_day_of

PRECISION, RECALL = 0.98, 0.75


def case_from(call: Told, number: int) -> Case:
    routed = route(call.line, local_day_of(call.at))
    return case(
        case_no=f"CASE-{number}",
        waybill_no=call.waybill_no,
        category=Category(call.category),
        cause=Cause(call.cause),
        channel=routed.channel.code,
        channel_asked=routed.asked.code,
        received_at=call.at,
    )


@pytest.mark.parametrize("seed", [1, 20, 300])
def test_what_is_merged_is_one_matter_and_most_of_one_matter_is_merged(seed: int) -> None:
    calls = draw_calls(seed)
    assert len(calls) == COMPLAINTS
    leads: dict[str, list[Case]] = {}
    truth: dict[str, int] = {}
    merged: list[tuple[int, int]] = []
    for number, call in enumerate(calls):
        new = case_from(call, number)
        truth[new.case_no] = call.matter
        found = find_duplicate(new, leads.get(new.waybill_no, []))
        if found is not None and found.merges:
            merged.append((call.matter, truth[found.other.case_no]))
        else:
            leads.setdefault(new.waybill_no, []).append(new)
    right = sum(one == other for one, other in merged)
    precision, recall = right / len(merged), right / AGAIN
    print(f"seed {seed}: merged {len(merged)}, precision {precision:.4f}, recall {recall:.3f}")
    assert precision >= PRECISION
    assert recall >= RECALL


def test_the_reasons_add_up_to_the_points() -> None:
    other = case(case_no="B", channel="12345", received_at=RECEIVED + timedelta(days=2))
    found = likeness(other, case())
    assert found.points == 110
    assert found.reasons == ("same_parcel+50", "same_cause+40", "within_3_days+15", "other_channel+5")
    assert found.merges


@pytest.mark.parametrize(
    "told",
    [
        {"waybill_no": "QN2"},
        {"category": Category.OVERCHARGE, "cause": Cause.CHARGED_TOO_MUCH},
        {"received_at": RECEIVED + timedelta(days=40)},
    ],
    ids=["parcel", "matter", "time"],
)
def test_another_parcel_another_matter_or_long_after_is_never_merged_nor_asked_about(told: dict[str, object]) -> None:
    assert find_duplicate(case(case_no="B", **told), [case()]) is None


@pytest.mark.parametrize(
    "told",
    [
        {"received_at": RECEIVED + timedelta(days=20)},
        {"cause": Cause.LATE_AT_THE_DOOR},
        {"category": Category.LOSS, "cause": Cause.ALL_LOST},
    ],
    ids=["later", "other cause", "consequence"],
)
def test_what_is_not_sure_a_person_looks_at(told: dict[str, object]) -> None:
    found = find_duplicate(case(case_no="B", **told), [case()])
    assert found is not None
    assert found.asks
    assert not found.merges


CASES = st.builds(
    lambda number, parcel, category, cause, channel, hours: case(
        case_no=str(number),
        waybill_no=parcel,
        category=category,
        cause=CAUSES_OF[category][cause % len(CAUSES_OF[category])],
        channel=channel,
        received_at=RECEIVED + timedelta(hours=hours),
    ),
    st.integers(0, 10**6), st.sampled_from(["QN1", "QN2"]), st.sampled_from(Category), st.integers(0, 9),
    st.sampled_from(["web", "12305"]), st.integers(0, 2000),
)  # fmt: skip


@given(st.lists(CASES, min_size=2, max_size=5))
def test_likeness_looks_the_same_from_both_sides_and_merges_one_parcel_only(some: list[Case]) -> None:
    for one, other in combinations(some, 2):
        assert likeness(one, other).points == likeness(other, one).points
        if likeness(one, other).points >= MERGE:
            assert (one.waybill_no, one.category) == (other.waybill_no, other.category)


@given(
    CASES, st.permutations([case(case_no=str(each), received_at=RECEIVED + timedelta(days=each)) for each in range(4)])
)
def test_which_case_leads_does_not_hang_on_the_order_of_looking(new: Case, known: list[Case]) -> None:
    found, sorted_found = find_duplicate(new, known), find_duplicate(new, sorted(known, key=lambda each: each.case_no))
    assert found == sorted_found
