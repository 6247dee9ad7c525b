"""The score (信用分): what a scheme makes of one carrier's evidence, with a reason for every point."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.indicators import indicator_of
from credit_scoring.evidence.intervals import Interval
from credit_scoring.evidence.measure import Measure, build_measure
from credit_scoring.scheme.rules import TOTAL, Rule, Scheme


@dataclass(frozen=True, slots=True)
class Reason:
    """One indicator under its rule: the points it won of `rule.points`; None where the value is unknown."""

    rule: Rule
    measure: Measure
    points: float | None

    @property
    def lost(self) -> float | None:
        """The points it did not win."""
        return None if self.points is None else self.rule.points - self.points


@dataclass(frozen=True, slots=True)
class Score:
    """One carrier's score, 0 to 1000 with one decimal; None when every indicator is unknown.

    Unknown indicators are left out and the rest is scaled to 1000; `covered_points` says how many of the scheme's
    1000 points the known ones stand for. `interval` is the scheme evaluated at every known indicator's worse and at
    every better bound. The grade is that of the score as shown.
    """

    carrier: str
    parcels: int
    score: float | None
    interval: Interval | None
    grade: str | None
    covered_points: int
    reasons: tuple[Reason, ...]


def build_score(evidence: CarrierEvidence, scheme: Scheme) -> Score:
    """The score of one carrier's evidence under a scheme; a better value never scores lower."""
    reasons = tuple(_reason(rule, evidence) for rule in scheme.rules)
    known = [reason for reason in reasons if reason.measure.reason is None]
    covered = sum(reason.rule.points for reason in known)
    score = _scaled(known, lambda measure: measure.value)
    low, high = _scaled(known, lambda measure: measure.worse), _scaled(known, lambda measure: measure.better)
    return Score(
        carrier=evidence.carrier,
        parcels=evidence.parcels,
        score=score,
        interval=Interval(low, high) if low is not None and high is not None else None,
        grade=scheme.grade_of(score) if score is not None else None,
        covered_points=covered,
        reasons=reasons,
    )


def _reason(rule: Rule, evidence: CarrierEvidence) -> Reason:
    measure = build_measure(indicator_of(rule.indicator), evidence)
    return Reason(rule, measure, None if measure.value is None else rule.points_of(measure.value))


def _scaled(known: Sequence[Reason], read: Callable[[Measure], float | None]) -> float | None:
    """The known rules' points at the values that `read` picks, scaled to 1000; None when nothing is known."""
    pairs = [(reason.rule, read(reason.measure)) for reason in known]
    won = sum(rule.points_of(value) for rule, value in pairs if value is not None)
    covered = sum(rule.points for rule, _ in pairs)
    return round(TOTAL * won / covered, 1) if covered else None
