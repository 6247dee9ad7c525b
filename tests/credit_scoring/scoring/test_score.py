"""The score: points by rule, unknown left out, an interval around."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.evidence import CarrierEvidence, Count
from credit_scoring.evidence.indicators import Direction, IndicatorName
from credit_scoring.evidence.measure import Unknown
from credit_scoring.evidence.numbers import ZERO, add, rounded
from credit_scoring.scoring.score import build_score
from tests.credit_scoring.counts import SCHEME, evidence, some_evidence


def test_a_carrier_that_does_everything_right_has_all_points() -> None:
    score = build_score(evidence(), SCHEME)
    assert (score.score, score.grade, score.covered_points) == (1000.0, "A", 1000)


def test_every_point_leads_to_its_rule_and_its_counts() -> None:
    score = build_score(evidence(delivered_in_time=(790, 1000)), SCHEME)
    reason = score.reasons[0]
    assert reason.rule is SCHEME.rules[0]
    assert reason.points == 175
    assert reason.lost == 175
    assert (reason.measure.numerator, reason.measure.denominator) == (790, 1000)
    assert (score.score, score.grade) == (825.0, "B")


def test_unknown_indicators_are_left_out_and_the_rest_is_scaled_to_a_thousand() -> None:
    pickups_only = evidence(own_parcels=0, on_the_way=0, picked_up_in_time=(895, 1000))
    score = build_score(pickups_only, SCHEME)
    assert (score.score, score.covered_points) == (500.0, 200)
    assert [reason.points for reason in score.reasons].count(None) == 4
    assert {reason.measure.reason for reason in score.reasons} == {None, Unknown.NOT_COVERED_BY_FEED}


def test_a_grade_needs_as_many_known_points_as_the_scheme_asks_for() -> None:
    pickups_only = evidence(own_parcels=0, on_the_way=0, picked_up_in_time=(895, 1000))
    grades = [build_score(pickups_only, replace(SCHEME, minimum_covered=least)).grade for least in (0, 200, 201)]
    assert grades == ["D", "D", None]


def test_with_everything_unknown_there_is_no_score() -> None:
    score = build_score(evidence(own_parcels=0, on_the_way=0, picked_up_in_time=(0, 0)), SCHEME)
    assert (score.score, score.interval, score.grade, score.covered_points) == (None, None, None, 0)


def test_the_interval_is_the_scheme_at_every_worse_and_every_better_bound() -> None:
    score = build_score(evidence(delivered_in_time=(800, 1000), trace_complete=(900, 1000), loss=(3, 1000)), SCHEME)
    worse = [reason.rule.points_of(reason.measure.worse or ZERO) for reason in score.reasons]
    better = [reason.rule.points_of(reason.measure.better or ZERO) for reason in score.reasons]
    assert score.interval == (rounded(add(*worse), 1), rounded(add(*better), 1))


def test_fewer_parcels_make_a_wider_interval() -> None:
    few = build_score(evidence(parcels=30), SCHEME).interval
    plenty = build_score(evidence(parcels=30_000), SCHEME).interval
    assert few is not None
    assert plenty is not None
    assert few.high - few.low > plenty.high - plenty.low


@given(some_evidence())
def test_a_score_lies_in_its_interval_and_between_zero_and_a_thousand(drawn: CarrierEvidence) -> None:
    score = build_score(drawn, SCHEME)
    assert (score.score is None) == (score.interval is None) == (score.grade is None) == (score.covered_points == 0)
    if score.score is not None and score.interval is not None:
        assert 0 <= score.interval.low <= score.score <= score.interval.high <= 1000


@given(some_evidence(), st.sampled_from([rule.indicator for rule in SCHEME.rules]), st.data())
def test_better_never_scores_lower(drawn: CarrierEvidence, name: IndicatorName, data: st.DataObject) -> None:
    count = drawn.counts[name]
    higher = indicator_of(name).direction is Direction.HIGHER
    ends = (count.numerator, count.denominator) if higher else (0, count.numerator)
    better_count = Count(data.draw(st.integers(*ends)), count.denominator)
    before = build_score(drawn, SCHEME)
    after = build_score(replace(drawn, counts={**drawn.counts, name: better_count}), SCHEME)
    if before.score is None or before.interval is None:
        assert after.score is None
        return
    assert after.score is not None
    assert after.interval is not None
    assert after.score >= before.score
    assert after.interval.low >= before.interval.low
    assert after.interval.high >= before.interval.high
