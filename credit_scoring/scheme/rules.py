"""A scheme's parts (评定方案): rules, grades and words, checked when they are made."""

from dataclasses import dataclass
from datetime import date
from math import isfinite

from credit_scoring.errors import SchemeInvalid
from credit_scoring.evidence.indicators import Direction, IndicatorName, indicator_of

TOTAL = 1000


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        require(bool(self.zh.strip() and self.en.strip()), "a text needs both languages")


@dataclass(frozen=True, slots=True)
class Rule:
    """What one indicator is worth: all `points` at `full` or better, none at `zero` or worse, linear between."""

    indicator: IndicatorName
    points: int
    full: float
    zero: float
    text: Text

    def __post_init__(self) -> None:
        require(self.points > 0, f"{self.indicator}: points must be positive")
        ends = (self.full, self.zero)
        require(all(isfinite(end) and 0 <= end <= 1 for end in ends), f"{self.indicator}: values are shares, 0 to 1")
        higher = indicator_of(self.indicator).direction is Direction.HIGHER
        require(self.full != self.zero and (self.full > self.zero) is higher, f"{self.indicator}: full must be better")

    def points_of(self, value: float) -> float:
        """The points for a value; a better value never has fewer."""
        share = (value - self.zero) / (self.full - self.zero)
        return self.points * min(1.0, max(0.0, share))


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade (信用等级) from this score upwards."""

    name: str
    from_score: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """One year's rules under a version. `sha256` is the file's; `proposal` says that no authority has adopted it."""

    version: str
    valid_from: date
    proposal: bool
    minimum_parcels: int
    title: Text
    note: Text
    rules: tuple[Rule, ...]
    grades: tuple[Grade, ...]
    sha256: str

    def __post_init__(self) -> None:
        require(self.minimum_parcels >= 1, "minimum_parcels must be at least 1")
        names = [rule.indicator for rule in self.rules]
        require(sorted(names) == sorted(IndicatorName), "every indicator needs exactly one rule")
        require(sum(rule.points for rule in self.rules) == TOTAL, f"the points must add up to {TOTAL}")
        floors = [grade.from_score for grade in self.grades]
        require(bool(floors) and floors == sorted(set(floors), reverse=True), "grades go from the best to the worst")
        require(floors[0] <= TOTAL and floors[-1] == 0, "grades must reach down to 0")
        require(len({grade.name for grade in self.grades}) == len(floors), "a grade's name is its own")

    def grade_of(self, score: float) -> str:
        """The grade of a score from 0 to 1000."""
        return next(grade.name for grade in self.grades if score >= grade.from_score)


def require(holds: bool, reason: str) -> None:
    """Raise SchemeInvalid unless the condition holds."""
    if not holds:
        raise SchemeInvalid("scheme_invalid", reason)
