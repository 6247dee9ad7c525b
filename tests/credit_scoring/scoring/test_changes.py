"""The changes (得分变化): by indicator, and together exactly the difference."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given

from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.scoring.changes import Turn, explain_change
from credit_scoring.scoring.preview import Compared
from credit_scoring.scoring.ranking import Ranked, Unranked, UnrankedReason
from credit_scoring.scoring.score import Score, build_score
from tests.credit_scoring.counts import SCHEME, evidence, some_evidence

LATE = IndicatorName.DELIVERED_IN_TIME


@given(some_evidence(), some_evidence())
def test_the_changes_add_up_exactly_to_the_difference(old: CarrierEvidence, new: CarrierEvidence) -> None:
    before, after = build_score(old, SCHEME), build_score(new, SCHEME)
    found = explain_change(before, after)
    assert sum((each.points for each in found.changes), Fraction(0)) == found.difference
    shown = Fraction(after.score or 0) - Fraction(before.score or 0)
    assert abs(found.difference - shown) <= Fraction(1, 10)
    assert explain_change(after, before).difference == -found.difference


@given(some_evidence())
def test_what_a_draft_moves_adds_up_to_the_change_of_score_the_greatest_first(counted: CarrierEvidence) -> None:
    first, second, *others = SCHEME.rules
    fewer, more = replace(first, points=first.points - 10), replace(second, points=second.points + 10)
    drafted = replace(SCHEME, rules=(fewer, more, *others))
    before, after = build_score(counted, SCHEME), build_score(counted, drafted)
    moved = Compared("A", _ranked(before), _ranked(after)).moved
    assert sum((each.points for each in moved), Fraction(0)) == explain_change(before, after).difference
    assert [abs(each.points) for each in moved] == sorted((abs(each.points) for each in moved), reverse=True)
    assert all(each.points for each in moved)
    assert Compared("A", Unranked(UnrankedReason.TOO_FEW_PARCELS, before), _ranked(after)).moved == []


def _ranked(score: Score) -> Ranked:
    return Ranked(rank=1, best_place=1, worst_place=1, score=score)


def test_nothing_changed_says_nothing() -> None:
    score = build_score(evidence(), SCHEME)
    assert (explain_change(score, score).changes, explain_change(score, score).difference) == ((), 0)


def test_one_worse_indicator_is_the_whole_change() -> None:
    found = explain_change(
        build_score(evidence(), SCHEME), build_score(evidence(delivered_in_time=(790, 1000)), SCHEME)
    )
    assert [(each.indicator, each.points, each.turn) for each in found.changes] == [(LATE, -175, Turn.SAME)]


def test_what_became_unknown_or_known_is_said_and_moves_the_others_by_the_scale() -> None:
    whole, part = build_score(evidence(), SCHEME), build_score(evidence(picked_up_in_time=(0, 0)), SCHEME)
    gone = explain_change(whole, part)
    assert gone.covered_points == (1000, 800)
    turns = {each.indicator: each for each in gone.changes}
    assert (turns[IndicatorName.PICKED_UP_IN_TIME].turn, turns[IndicatorName.PICKED_UP_IN_TIME].points) == (
        Turn.UNKNOWN,
        -200,
    )
    assert (turns[LATE].turn, turns[LATE].points) == (Turn.SAME, Fraction(350 * 1000, 800) - 350)
    assert explain_change(part, whole).changes[0].turn is Turn.KNOWN


def test_another_rule_is_said() -> None:
    first, *others = SCHEME.rules
    assert first.indicator is LATE
    assert first.full is not None
    milder = replace(SCHEME, rules=(replace(first, full=first.full - first.full / 10), *others))
    worse = evidence(delivered_in_time=(790, 1000))
    [only] = explain_change(build_score(worse, SCHEME), build_score(worse, milder)).changes
    assert (only.indicator, only.turn) == (LATE, Turn.RULED)
    assert only.points > 0
