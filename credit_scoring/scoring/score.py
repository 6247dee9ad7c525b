"""The score (信用分): what a scheme makes of one carrier's evidence, with a reason for every point."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from credit_scoring.evidence.catalogue import INDICATORS, indicator_of
from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.intervals import Interval
from credit_scoring.evidence.measure import Measure, build_measure
from credit_scoring.evidence.numbers import ZERO, add, divide, multiply, rounded, subtract
from credit_scoring.scheme.rules import TOTAL, Dimension, Rule, Scheme

SCORE_PLACES = 1


@dataclass(frozen=True, slots=True)
class Reason:
    """One indicator under its rule: the points it won of `rule.points`; None where the value is unknown."""

    rule: Rule
    measure: Measure
    points: Decimal | None

    @property
    def lost(self) -> Decimal | None:
        """The points it did not win."""
        return None if self.points is None else subtract(self.rule.points, self.points)


@dataclass(frozen=True, slots=True)
class Score:
    """One carrier's score, 0 to 1000 with one decimal; None when every indicator is unknown.

    Unknown indicators are left out and the rest is scaled to 1000; `covered_points` says how many of the scheme's
    1000 points the known ones stand for. `interval` is the scheme evaluated at every known indicator's worse and at
    every better bound. The grade is that of the score as shown; None where the known indicators are worth fewer points
    than the scheme asks for. `told` are the indicators that have no points in the scheme.
    """

    carrier: str
    parcels: int
    expected: int | None
    score: Decimal | None
    interval: Interval | None
    grade: str | None
    covered_points: int
    reasons: tuple[Reason, ...]
    told: tuple[Measure, ...]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every indicator's measure, those with points first."""
        return (*(reason.measure for reason in self.reasons), *self.told)

    def dimension_share(self, dimension: Dimension) -> Decimal | None:
        """The points won in a dimension, of 1000 and rounded as a score; None where nothing of it is known."""
        return _scaled(self._known_in(dimension), lambda measure: measure.value)

    def dimension_interval(self, dimension: Dimension) -> Interval | None:
        """The same at every known indicator's worse and at every better bound."""
        known = self._known_in(dimension)
        low, high = _scaled(known, lambda measure: measure.worse), _scaled(known, lambda measure: measure.better)
        return Interval(low, high) if low is not None and high is not None else None

    def reasons_in(self, dimension: Dimension) -> "list[Reason]":
        """The reasons of a dimension's rules, in the scheme's order."""
        return [each for each in self.reasons if each.rule.dimension is dimension]

    def _known_in(self, dimension: Dimension) -> "list[Reason]":
        return [each for each in self.reasons_in(dimension) if each.measure.reason is None]


def build_score(evidence: CarrierEvidence, scheme: Scheme) -> Score:
    """The score of one carrier's evidence under a scheme; a better value never scores lower."""
    reasons = tuple(_reason(rule, evidence) for rule in scheme.rules)
    known = [reason for reason in reasons if reason.measure.reason is None]
    covered = sum(reason.rule.points for reason in known)
    score = _scaled(known, lambda measure: measure.value)
    low, high = _scaled(known, lambda measure: measure.worse), _scaled(known, lambda measure: measure.better)
    judged = {rule.indicator for rule in scheme.rules}
    return Score(
        carrier=evidence.carrier,
        parcels=evidence.parcels,
        expected=evidence.expected,
        score=score,
        interval=Interval(low, high) if low is not None and high is not None else None,
        grade=scheme.grade_of(score) if score is not None and covered >= scheme.minimum_covered else None,
        covered_points=covered,
        reasons=reasons,
        told=tuple(build_measure(each, evidence) for each in INDICATORS if each.name not in judged),
    )


def _reason(rule: Rule, evidence: CarrierEvidence) -> Reason:
    measure = build_measure(indicator_of(rule.indicator), evidence)
    return Reason(rule, measure, None if measure.value is None else rule.points_of(measure.value))


def _scaled(known: Sequence[Reason], read: Callable[[Measure], Decimal | None]) -> Decimal | None:
    """The known rules' points at the values that `read` picks, scaled to 1000; None when nothing is known."""
    won, covered = ZERO, 0
    for reason in known:
        value = read(reason.measure)
        if value is not None:
            won, covered = add(won, reason.rule.points_of(value)), covered + reason.rule.points
    return rounded(divide(multiply(TOTAL, won), covered), SCORE_PLACES) if covered else None
