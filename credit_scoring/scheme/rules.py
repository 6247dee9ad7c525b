"""A scheme's parts (评定方案): dimensions, rules, grades and words, checked when they are made."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise

from credit_scoring.errors import SchemeInvalid
from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.indicators import Direction, IndicatorName, Kind
from credit_scoring.evidence.numbers import ONE, ZERO, divide, multiply, subtract
from tracker.wire.divisions import division_of, division_prefix

TOTAL = 1000
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,31}")


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        require(bool(self.zh.strip() and self.en.strip()), "a text needs both languages")


class Dimension(StrEnum):
    """What a rule belongs to: the four dimensions of the trade's evaluations."""

    LICENSING = "licensing"  # 许可管理
    SAFETY = "safety"  # 寄递安全
    SERVICE = "service"  # 服务质量
    SOCIAL = "social"  # 社会责任


class Level(StrEnum):
    """Whose committee made the scheme (国邮发〔2017〕105号 第五条)."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class Band:
    """The points for values from `low` up to, and without, `high`; None: however high."""

    low: Decimal
    high: Decimal | None
    points: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What one indicator is worth, at most `points`.

    Either all points at `full` or better, none at `zero` or worse and a straight line between, or the points of the
    band in which the value lies.
    """

    indicator: IndicatorName
    dimension: Dimension
    points: int
    text: Text
    full: Decimal | None = None
    zero: Decimal | None = None
    bands: tuple[Band, ...] = ()

    def __post_init__(self) -> None:
        require(self.points > 0, f"{self.indicator}: points must be positive")
        require(indicator_of(self.indicator).can_have_points, f"{self.indicator}: it has no interval to be judged by")
        if self.bands:
            require(self.full is None and self.zero is None, f"{self.indicator}: bands or full and zero, not both")
            self._check_bands()
        else:
            require(self.full is not None and self.zero is not None, f"{self.indicator}: full and zero, or bands")
            self._check_line()

    def points_of(self, value: Decimal) -> Decimal:
        """The points for a value; a better value never has fewer."""
        if self.bands:
            return Decimal(next(band.points for band in reversed(self.bands) if value >= band.low))
        assert self.full is not None
        assert self.zero is not None
        share = divide(subtract(value, self.zero), subtract(self.full, self.zero))
        return multiply(self.points, min(ONE, max(ZERO, share)))

    @property
    def _higher(self) -> bool:
        return indicator_of(self.indicator).direction is Direction.HIGHER

    @property
    def _top(self) -> Decimal | None:
        """The highest value that the indicator can have; None: there is none."""
        return None if indicator_of(self.indicator).kind is Kind.REGISTER else ONE

    def _check_line(self) -> None:
        assert self.full is not None
        assert self.zero is not None
        ends = (self.full, self.zero)
        require(all(end.is_finite() and end >= 0 for end in ends), f"{self.indicator}: values are not below 0")
        top = self._top
        require(top is None or max(ends) <= top, f"{self.indicator}: values are shares, 0 to 1")
        require(self.full != self.zero and (self.full > self.zero) is self._higher,
                f"{self.indicator}: full must be better")  # fmt: skip

    def _check_bands(self) -> None:
        bands = self.bands
        require(bands[0].low == 0, f"{self.indicator}: the bands leave out what lies below {bands[0].low}")
        for before, after in pairwise(bands):
            end = before.high
            require(end is not None and end <= after.low, f"{self.indicator}: bands overlap from {after.low} on")
            require(end == after.low, f"{self.indicator}: the bands leave out {end} to {after.low}")
            rises = after.points >= before.points
            require(before.points == after.points or rises is self._higher, f"{self.indicator}: worse gets more points")
        last = bands[-1].high
        require(last is None or (self._top is not None and last >= self._top),
                f"{self.indicator}: the bands leave out what lies above {last}")  # fmt: skip
        require(all(band.high is None or band.low < band.high for band in bands), f"{self.indicator}: an empty band")
        most = {band.points for band in bands}
        require(min(most) >= 0 and max(most) == self.points, f"{self.indicator}: the best band has all points")


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade (信用等级) from this score upwards."""

    name: str
    from_score: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """One year's rules under a version. `file` is as it was written; `proposal` says that no authority has adopted it.

    It holds for the days from `valid_from` to `valid_until`, both within, in its level's `division` (None: everywhere).
    """

    version: str
    level: Level
    division: str | None
    valid_from: date
    valid_until: date
    proposal: bool
    minimum_parcels: int
    title: Text
    note: Text
    dimensions: dict[Dimension, int]
    rules: tuple[Rule, ...]
    grades: tuple[Grade, ...]
    file: bytes = field(repr=False)

    def __post_init__(self) -> None:
        require(_VERSION.fullmatch(self.version) is not None, "version is 1 to 32 letters, digits, - and .")
        require(self.valid_from <= self.valid_until, "valid_until lies before valid_from")
        require(
            (self.level is Level.NATIONAL) == (self.division is None), "a national scheme has no division, others do"
        )
        require(self.division is None or _is_of(self.level, self.division), "division is a code of the scheme's level")
        require(self.minimum_parcels >= 1, "minimum_parcels must be at least 1")
        names = [rule.indicator for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        require(not twice, f"two rules for {', '.join(twice)}")
        require(sum(self.dimensions.values()) == TOTAL, f"the dimensions' points must add up to {TOTAL}")
        for dimension in Dimension:
            told = self.dimensions.get(dimension, 0)
            found = sum(rule.points for rule in self.rules if rule.dimension is dimension)
            require(told == found, f"{dimension}: its rules' points are {found}, the dimension's {told}")
        floors = [grade.from_score for grade in self.grades]
        require(bool(floors) and floors == sorted(set(floors), reverse=True), "grades go from the best to the worst")
        require(floors[0] <= TOTAL and floors[-1] == 0, "grades must reach down to 0")
        require(len({grade.name for grade in self.grades}) == len(floors), "a grade's name is its own")

    def grade_of(self, score: Decimal) -> str:
        """The grade of a score from 0 to 1000."""
        return next(grade.name for grade in self.grades if score >= grade.from_score)

    def rule_of(self, name: IndicatorName) -> Rule | None:
        """The rule that judges an indicator; None where it has no points."""
        return next((rule for rule in self.rules if rule.indicator is name), None)

    @property
    def sha256(self) -> str:
        """The file's, in hexadecimal."""
        return sha256(self.file).hexdigest()

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until

    def covers(self, division: str | None) -> bool:
        """Whether it is for all of a division (a code; None: the nation)."""
        return self.division is None or (division is not None and division.startswith(division_prefix(self.division)))


def _is_of(level: Level, code: str) -> bool:
    division = division_of(code)
    return division is not None and division.level == ("province" if level is Level.PROVINCIAL else "city")


def require(holds: bool, reason: str) -> None:
    """Raise SchemeInvalid unless the condition holds."""
    if not holds:
        raise SchemeInvalid("scheme_invalid", reason)
