"""The changes (得分变化): why one score of a carrier differs from an earlier one, indicator by indicator."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.scheme.rules import TOTAL
from credit_scoring.scoring.score import Reason, Score


class Turn(StrEnum):
    """What became of an indicator besides its value (变化类别)."""

    KNOWN = "known"  # it was unknown, or had no rule, and counts now
    UNKNOWN = "unknown"  # it counted, and no longer does
    RULED = "ruled"  # it counts as before, under another rule
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Change:
    """What one indicator adds to the difference, in points of 1000."""

    indicator: IndicatorName
    points: Fraction
    turn: Turn


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """The difference of two scores before they were rounded: exactly the sum of the changes' points.

    Changes stand from the greatest, whichever way it goes. `covered_points` before and after say by how much the known
    points were scaled: where they differ, that alone moves what every indicator adds.
    """

    difference: Fraction
    changes: tuple[Change, ...]
    covered_points: tuple[int, int]


def explain_change(before: Score, after: Score) -> ScoreChange:
    """Pure; a score of which nothing is known counts as nought. Indicators that add nothing are left out."""
    old, new = _judged(before), _judged(after)
    names = [*new, *(name for name in old if name not in new)]
    found = [_change(name, old.get(name), new.get(name), before, after) for name in names]
    return ScoreChange(
        difference=_whole(after) - _whole(before),
        changes=tuple(
            sorted(
                (each for each in found if each.points or each.turn is not Turn.SAME),
                key=lambda each: -abs(each.points),
            )
        ),
        covered_points=(before.covered_points, after.covered_points),
    )


def contributions(score: Score) -> dict[IndicatorName, Fraction]:
    """What each known indicator adds to a score before it is rounded: together exactly that."""
    return {name: _contribution(reason, score) for name, reason in _judged(score).items()}


def _judged(score: Score) -> dict[IndicatorName, Reason]:
    return {reason.rule.indicator: reason for reason in score.reasons if reason.points is not None}


def _change(name: IndicatorName, old: Reason | None, new: Reason | None, before: Score, after: Score) -> Change:
    points = _contribution(new, after) - _contribution(old, before)
    return Change(name, points, _turn(old, new))


def _turn(old: Reason | None, new: Reason | None) -> Turn:
    if old is None or new is None:
        return Turn.UNKNOWN if new is None else Turn.KNOWN
    return Turn.SAME if _judges_alike(old, new) else Turn.RULED


def _judges_alike(old: Reason, new: Reason) -> bool:
    one, other = old.rule, new.rule
    return (one.points, one.full, one.zero, one.bands) == (other.points, other.full, other.zero, other.bands)


def _contribution(reason: Reason | None, score: Score) -> Fraction:
    """What an indicator adds to the score, scaled as the score is; exact, so that the parts add up to it."""
    if reason is None or reason.points is None or not score.covered_points:
        return Fraction(0)
    return Fraction(reason.points) * TOTAL / score.covered_points


def _whole(score: Score) -> Fraction:
    """The score before it is rounded."""
    return sum(contributions(score).values(), Fraction(0))
