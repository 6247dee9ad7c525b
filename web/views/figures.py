"""Figures (数字): scores, shares and their intervals, written so that they line up."""

from dataclasses import dataclass
from decimal import Decimal

from credit_scoring.evidence.indicators import Indicator, Kind, Unit
from credit_scoring.evidence.intervals import Interval
from credit_scoring.evidence.measure import RATING_UNIT, Measure
from credit_scoring.scheme.rules import TOTAL, Text
from credit_scoring.scoring.score import Score
from web.words import Words, write_number

NONE = "–"
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval drawn on 0 to 1000, as SVG lengths; `text` says the same in words."""

    low: str
    width: str
    point: str
    text: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A score that stands: with its interval, and its grade where enough was assessed for one."""

    score: Decimal
    interval: Interval
    grade: str | None


def figures_of(score: Score) -> Figures:
    """The figures of a ranked carrier, which always has a score and its interval."""
    if score.score is None or score.interval is None:
        raise ValueError(f"{score.carrier} is ranked without a score")
    return Figures(score.score, score.interval, score.grade)


def write_score(score: Decimal) -> str:
    """936.4: one decimal, as it is ranked."""
    return f"{score:.1f}"


def write_share(share: Decimal) -> str:
    """98.73%."""
    return f"{share * 100:.2f}%"


def write_value(words: Words, unit: Unit, value: Decimal) -> str:
    """A value in its indicator's unit: 98.73%, 12.5 a million, 4.3 stars, 3, 53.9 h."""
    match unit:
        case Unit.SHARE:
            return write_share(value)
        case Unit.PER_MILLION:
            return words("figure.per_million", n=_per_million(value))
        case Unit.STARS:
            return words("figure.stars", n=_plain(1 + 4 * value, 1))
        case Unit.COUNT:
            return _plain(value, 1)
        case Unit.HOURS:
            return words("figure.hours", n=f"{value:.1f}")


def write_points(points: Decimal | int) -> str:
    """Points with one decimal, none where it is nought."""
    return f"{points:.1f}".removesuffix(".0")


def write_interval(words: Words, interval: Interval) -> str:
    """912.0–948.8."""
    return words("figure.from_to", low=write_score(interval.low), high=write_score(interval.high))


def write_value_interval(words: Words, measure: Measure) -> str:
    """97.61%–99.20%; a dash where there is no interval, or no chance in it."""
    unit, interval = measure.indicator.unit, measure.interval
    if interval is None or measure.indicator.kind is Kind.REGISTER:
        return NONE
    if unit is Unit.PER_MILLION:
        ends = words("figure.from_to", low=_per_million(interval.low), high=_per_million(interval.high))
        return words("figure.per_million", n=ends)
    low, high = write_value(words, unit, interval.low), write_value(words, unit, interval.high)
    return words("figure.from_to", low=low, high=high)


def write_counts(measure: Measure) -> str:
    """1,234 / 1,250; a dash where it is unknown; of mean hours the parcels, of ratings how many at full weight."""
    if measure.numerator is None or measure.denominator is None:
        return NONE
    if measure.indicator.kind is Kind.MEAN_HOURS:
        return write_number(measure.denominator)
    if measure.indicator.kind is Kind.RATING:
        return write_number(measure.denominator // RATING_UNIT)
    if measure.indicator.unit is Unit.COUNT:
        return write_number(measure.numerator)
    return f"{write_number(measure.numerator)} / {write_number(measure.denominator)}"


def write_objections(words: Words, number: int) -> str:
    """How many objections are open, said also where there are none."""
    return words.count("carrier.objections", number) if number else words("carrier.no_objection")


def build_bar(words: Words, score: Decimal, interval: Interval) -> Bar:
    """A score in its interval."""
    return Bar(
        low=_percent(interval.low),
        width=_percent(interval.high - interval.low),
        point=_percent(score),
        text=write_interval(words, interval),
    )


def in_language(words: Words, text: Text) -> str:
    """A scheme's text in the page's language."""
    return text.en if words.lang == "en" else text.zh


def indicator_title(words: Words, indicator: Indicator) -> str:
    """The indicator's name in the page's language."""
    return indicator.title_en if words.lang == "en" else indicator.title_zh


def _per_million(value: Decimal) -> str:
    """Decimals only where they say something: 0.5 and 12.5, but 5,563."""
    return _plain(value * MILLION, 1 if value * MILLION < 100 else 0)


def _plain(value: Decimal, places: int) -> str:
    """With at most so many decimals, and thousands apart."""
    written = f"{value:,.{places}f}"
    return written.removesuffix("." + "0" * places) if places else written


def _percent(score: Decimal) -> str:
    return f"{score / TOTAL * 100:.2f}%"
