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
        require(bool(self.zh.strip() and self.en.strip()), "文字须有中文和英文", "a text needs both languages")


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
        self._require(self.points > 0, "分值须为正数", "points must be positive")
        self._require(
            indicator_of(self.indicator).can_have_points,
            "该指标没有区间，不能计分",
            "it has no interval to be judged by",
        )
        if self.bands:
            self._require(
                self.full is None and self.zero is None,
                "分档与满分、零分值只取其一",
                "bands or full and zero, not both",
            )
            self._check_bands()
        else:
            self._require(
                self.full is not None and self.zero is not None,
                "须有满分值与零分值，或者分档",
                "full and zero, or bands",
            )
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
        self._require(all(end.is_finite() and end >= 0 for end in ends), "数值不得小于 0", "values are not below 0")
        top = self._top
        self._require(top is None or max(ends) <= top, "数值是 0 到 1 的比率", "values are shares, 0 to 1")
        is_better = self.full != self.zero and (self.full > self.zero) is self._higher
        self._require(is_better, "满分值须优于零分值", "full must be better")

    def _check_bands(self) -> None:
        bands = self.bands
        low, last = bands[0].low, bands[-1].high
        self._require(low == 0, f"分档遗漏 {low} 以下", f"the bands leave out what lies below {low}")
        for before, after in pairwise(bands):
            end = before.high
            start = after.low
            self._require(end is not None and end <= start, f"分档自 {start} 起重叠", f"bands overlap from {start} on")
            self._require(end == start, f"分档遗漏 {end} 至 {start}", f"the bands leave out {end} to {start}")
            rises = after.points >= before.points
            is_fair = before.points == after.points or rises is self._higher
            self._require(is_fair, "较差者得分更高", "worse gets more points")
        reaches = last is None or (self._top is not None and last >= self._top)
        self._require(reaches, f"分档遗漏 {last} 以上", f"the bands leave out what lies above {last}")
        is_wide = all(band.high is None or band.low < band.high for band in bands)
        self._require(is_wide, "有空的分档", "an empty band")
        most = {band.points for band in bands}
        self._require(
            min(most) >= 0 and max(most) == self.points, "最好的一档须得全部分值", "the best band has all points"
        )

    def _require(self, holds: bool, zh: str, en: str) -> None:
        if not holds:
            indicator = indicator_of(self.indicator)
            require(holds, f"{indicator.title_zh}（{self.indicator}）：{zh}", f"{self.indicator}: {en}")


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade (信用等级) from this score upwards."""

    name: str
    from_score: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """One year's rules under a version. `file` is as it was written; `proposal` says that no authority has adopted it.

    It holds for the days from `valid_from` to `valid_until`, both within, in its level's `division` (None: everywhere).
    Fewer parcels than `minimum_parcels` are too few for a place; known indicators worth fewer than `minimum_covered` of
    the 1000 points are too little for a grade.
    """

    version: str
    level: Level
    division: str | None
    valid_from: date
    valid_until: date
    proposal: bool
    minimum_parcels: int
    minimum_covered: int
    title: Text
    note: Text
    dimensions: dict[Dimension, int]
    rules: tuple[Rule, ...]
    grades: tuple[Grade, ...]
    file: bytes = field(repr=False)

    def __post_init__(self) -> None:
        require(
            _VERSION.fullmatch(self.version) is not None,
            "version 为 1 至 32 个字母、数字、- 与 .",
            "version is 1 to 32 letters, digits, - and .",
            key="version",
        )
        is_in_order = self.valid_from <= self.valid_until
        require(is_in_order, "valid_until 早于 valid_from", "valid_until lies before valid_from", key="valid_until")
        require(
            (self.level is Level.NATIONAL) == (self.division is None),
            "全国方案没有行政区划，省级、市级方案须有",
            "a national scheme has no division, others do",
        )
        require(
            self.division is None or _is_of(self.level, self.division),
            "division 须是与方案级别相符的行政区划代码",
            "division is a code of the scheme's level",
            key="division",
        )
        has_least = self.minimum_parcels >= 1
        require(has_least, "minimum_parcels 至少为 1", "minimum_parcels must be at least 1", key="minimum_parcels")
        require(
            0 <= self.minimum_covered <= TOTAL,
            f"minimum_covered 为 0 至 {TOTAL} 分",
            f"minimum_covered is 0 to {TOTAL} points",
            key="minimum_covered",
        )
        names = [rule.indicator for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        require(not twice, f"指标重复：{'、'.join(twice)}", f"two rules for {', '.join(twice)}")
        require(
            sum(self.dimensions.values()) == TOTAL,
            f"各维度分值之和须为 {TOTAL}",
            f"the dimensions' points must add up to {TOTAL}",
        )
        for dimension in Dimension:
            told = self.dimensions.get(dimension, 0)
            found = sum(rule.points for rule in self.rules if rule.dimension is dimension)
            require(
                told == found,
                f"{dimension}：各指标分值之和为 {found}，维度分值为 {told}",
                f"{dimension}: its rules' points are {found}, the dimension's {told}",
            )
        floors = [grade.from_score for grade in self.grades]
        is_falling = bool(floors) and floors == sorted(set(floors), reverse=True)
        require(is_falling, "等级须从高到低排列", "grades go from the best to the worst")
        require(floors[0] <= TOTAL and floors[-1] == 0, "等级须覆盖到 0 分", "grades must reach down to 0")
        names_of_grades = {grade.name for grade in self.grades}
        require(len(names_of_grades) == len(floors), "等级名称不得重复", "a grade's name is its own")

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


def require(holds: bool, zh: str, en: str, *, key: str = "") -> None:
    """Raise SchemeInvalid unless the condition holds; the reason is told in both languages, `key` is where it lies."""
    if not holds:
        raise SchemeInvalid("scheme_invalid", f"{zh} · {en}", key=key)
