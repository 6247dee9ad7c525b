"""Figures (数字): scores, shares and their intervals, written so that they line up."""

from dataclasses import dataclass

from credit_scoring.evidence.intervals import Interval
from credit_scoring.evidence.measure import Measure
from credit_scoring.scheme.rules import TOTAL, Text
from credit_scoring.scoring.score import Score
from web.words import Words, write_number

NONE = "–"


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval drawn on 0 to 1000, as SVG lengths; `text` says the same in words."""

    low: str
    width: str
    point: str
    text: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A score that stands: with its interval and its grade."""

    score: float
    interval: Interval
    grade: str


def figures_of(score: Score) -> Figures:
    """The figures of a ranked carrier, which always has all three."""
    if score.score is None or score.interval is None or score.grade is None:
        raise ValueError(f"{score.carrier} is ranked without a score")
    return Figures(score.score, score.interval, score.grade)


def write_score(score: float) -> str:
    """936.4: one decimal, as it is ranked."""
    return f"{score:.1f}"


def write_share(share: float) -> str:
    """98.73 %: two decimals, so that rare events do not read as none."""
    return f"{share * 100:.2f}%"


def write_points(points: float) -> str:
    """Points with one decimal, none where it is nought."""
    return f"{points:.1f}".removesuffix(".0")


def write_interval(words: Words, interval: Interval) -> str:
    """912.0–948.8."""
    return words("figure.from_to", low=write_score(interval.low), high=write_score(interval.high))


def write_share_interval(words: Words, interval: Interval) -> str:
    """97.61%–99.20%."""
    return words("figure.from_to", low=write_share(interval.low), high=write_share(interval.high))


def write_counts(measure: Measure) -> str:
    """1,234 / 1,250; a dash where it is unknown."""
    if measure.numerator is None or measure.denominator is None:
        return NONE
    return f"{write_number(measure.numerator)} / {write_number(measure.denominator)}"


def build_bar(words: Words, score: float, interval: Interval) -> Bar:
    """A score in its interval."""
    return Bar(
        low=_percent(interval.low),
        width=_percent(max(interval.high - interval.low, 0.0)),
        point=_percent(score),
        text=write_interval(words, interval),
    )


def in_language(words: Words, text: Text) -> str:
    """A scheme's text in the page's language."""
    return text.en if words.lang == "en" else text.zh


def _percent(score: float) -> str:
    return f"{score / TOTAL * 100:.2f}%"
