"""The laws of the score (评分规律): better never loses, a name means nothing, splitting and hiding never pay.

Each holds for any evidence, under the five rules and under the shipped scheme.
"""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credit_scoring.evidence.catalogue import INDICATORS, indicator_of
from credit_scoring.evidence.evidence import CarrierEvidence, Count
from credit_scoring.evidence.indicators import Direction, Kind, Unit
from credit_scoring.evidence.measure import build_measure
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scheme.rules import Scheme
from credit_scoring.scoring.ranking import build_ranking
from credit_scoring.scoring.score import build_score
from tests.credit_scoring.counts import OF_PARCELS, SCHEME, evidence, renamed, some_carriers, some_evidence

HOURS = {each.name for each in INDICATORS if each.kind is Kind.MEAN_HOURS}
both_schemes = pytest.mark.parametrize(
    "scheme", [pytest.param(SCHEME, id="five-rules"), pytest.param(shipped_schemes().of("2026-1"), id="2026-1")]
)


def doubled(each: CarrierEvidence) -> CarrierEvidence:
    """The same carrier seen twice as long; what is counted once a company, as penalties are, stays."""
    return CarrierEvidence(
        each.subject,
        2 * each.parcels,
        2 * each.own_parcels,
        2 * each.on_the_way,
        None if each.expected is None else 2 * each.expected,
        {
            name: count if indicator_of(name).unit is Unit.COUNT else _twice(count)
            for name, count in each.counts.items()
        },
    )


def _twice(count: Count) -> Count:
    return Count(2 * count.numerator, 2 * count.denominator)


@st.composite
def hidden_parcels(draw: st.DrawFn) -> tuple[CarrierEvidence, CarrierEvidence]:
    """A carrier, and the same one had it never scanned some of its parcels, of which others know.

    Any parcels of its own, good or bad; a feed that told of the way after acceptance still does.
    """
    before = draw(some_evidence().filter(lambda each: each.own_parcels > 1 and each.on_the_way != 1))
    hidden = draw(st.integers(1, before.own_parcels - 1))
    rest = before.parcels - hidden
    counts = dict(before.counts)
    for each in OF_PARCELS:
        met, counted = counts[each.name].numerator, counts[each.name].denominator
        if each.kind is not Kind.MEAN_HOURS:
            out = _some_of(draw, counted, hidden, rest)
            counts[each.name] = Count(met - _some_of(draw, met, out, counted - out), counted - out)
        else:
            counts[each.name] = Count(0, 0)
    moving = before.on_the_way - _some_of(draw, before.on_the_way, hidden, rest)
    expected = max(before.parcels, before.expected or 0)
    after = CarrierEvidence(
        before.subject, rest, before.own_parcels - hidden, max(moving, min(1, before.on_the_way)), expected, counts
    )
    return before, after


def _some_of(draw: st.DrawFn, marked: int, taken: int, left: int) -> int:
    """How many of the marked are among those taken, when so many are taken and so many left."""
    fewest, most = max(0, marked - left), min(taken, marked)
    return draw(st.sampled_from([fewest, most]) | st.integers(fewest, most))


@both_schemes
@given(before=some_evidence(), data=st.data())
def test_better_evidence_never_scores_lower(scheme: Scheme, before: CarrierEvidence, data: st.DataObject) -> None:
    indicator = indicator_of(data.draw(st.sampled_from(sorted(before.counts.keys() - HOURS))))
    count = before.counts[indicator.name]
    most = count.denominator if indicator.kind is not Kind.REGISTER else count.numerator + 5
    ends = (count.numerator, most) if indicator.direction is Direction.HIGHER else (0, count.numerator)
    better = Count(data.draw(st.integers(*ends)), count.denominator)
    assert_not_better(before, replace(before, counts={**before.counts, indicator.name: better}), scheme)


@both_schemes
@given(hiding=some_evidence().filter(lambda each: each.hidden > 0), data=st.data())
def test_scanning_more_of_what_is_known_never_scores_lower(
    scheme: Scheme, hiding: CarrierEvidence, data: st.DataObject
) -> None:
    fewer = data.draw(st.integers(hiding.parcels + 1, hiding.parcels + hiding.hidden))
    assert_not_better(hiding, replace(hiding, expected=fewer), scheme)


@both_schemes
@example((evidence(picked_up_in_time=(0, 3)), evidence(parcels=997, expected=1000, picked_up_in_time=(0, 0))))
@given(hidden_parcels())
def test_hiding_parcels_never_scores_higher(scheme: Scheme, pair: tuple[CarrierEvidence, CarrierEvidence]) -> None:
    before, after = (build_score(each, scheme) for each in pair)
    if after.score is None or after.interval is None:
        return
    if before.score is None or before.interval is None:  # nothing was known, and what is known now is bad
        assert after.score == 0
        return
    assert after.score <= before.score
    assert after.interval.low <= before.interval.low


@both_schemes
@settings(max_examples=30)
@given(some_carriers(), st.randoms(use_true_random=False))
def test_relabelling_companies_permutes_the_ranking(
    scheme: Scheme, carriers: list[CarrierEvidence], random: Random
) -> None:
    names = [each.carrier for each in carriers]
    other = dict(zip(names, random.sample(names, len(names)), strict=True))
    relabelled = [renamed(each, other[each.carrier]) for each in carriers]
    before = {other[name]: standing for name, standing in standings(carriers, scheme).items()}
    assert standings(relabelled, scheme) == before


@both_schemes
@settings(max_examples=40)
@given(some_evidence())
def test_two_archives_of_half_the_parcels_have_the_same_score_and_a_wider_interval(
    scheme: Scheme, half: CarrierEvidence
) -> None:
    whole, part = build_score(doubled(half), scheme), build_score(half, scheme)
    assert part.score == whole.score
    if part.interval is not None and whole.interval is not None:
        assert part.interval.low <= whole.interval.low <= whole.interval.high <= part.interval.high


@settings(max_examples=40)
@given(some_evidence())
def test_doubled_data_narrow_every_interval_around_the_same_value(once: CarrierEvidence) -> None:
    twice = doubled(once)
    for indicator in INDICATORS:
        one, two = build_measure(indicator, once), build_measure(indicator, twice)
        assert (one.value, one.reason) == (two.value, two.reason)
        if one.interval is not None and two.interval is not None:
            assert one.interval.low <= two.interval.low <= two.interval.high <= one.interval.high
            assert one.interval != two.interval or indicator.kind is Kind.REGISTER or one.interval == (0, 1)


@both_schemes
@settings(max_examples=30)
@given(some_carriers())
def test_doubled_data_keep_the_order(scheme: Scheme, carriers: list[CarrierEvidence]) -> None:
    once = [name for name, (place, *_) in standings(carriers, scheme).items() if isinstance(place, int)]
    twice = standings([doubled(each) for each in carriers], scheme)
    assert [name for name in twice if name in once] == once


def standings(carriers: list[CarrierEvidence], scheme: Scheme) -> dict[str, tuple[object, ...]]:
    """What the ranking says of each carrier, in its order; those that share a place by parcels, then by name."""
    ranking = build_ranking((build_score(each, scheme) for each in carriers), minimum_parcels=scheme.minimum_parcels)
    said: dict[str, tuple[object, ...]] = {
        row.score.carrier: (row.rank, row.best_place, row.worst_place, row.score.score, row.score.interval)
        for row in ranking.rows
    }
    return said | {row.score.carrier: (row.reason, row.score.score) for row in ranking.unranked}


def assert_not_better(worse: CarrierEvidence, better: CarrierEvidence, scheme: Scheme) -> None:
    """Neither the score nor an end of its interval is higher with the worse evidence, whatever is unknown."""
    low, high = build_score(worse, scheme), build_score(better, scheme)
    if low.score is None or low.interval is None:
        return
    assert high.score is not None
    assert high.interval is not None
    assert low.score <= high.score
    assert low.interval.low <= high.interval.low
    assert low.interval.high <= high.interval.high
