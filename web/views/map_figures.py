"""A province's figure in words (分省数字): its value, interval and sample, in full and as short as a tile."""

from decimal import Decimal

from credit_scoring.evidence.indicators import Unit
from credit_scoring.evidence.intervals import Interval
from credit_scoring.scoring.provinces import ProvinceFigure
from web.runs.map_paths import PLACED, VOLUME, AskedMap
from web.views.figures import (
    MILLION,
    NONE,
    indicator_title,
    write_counts,
    write_interval,
    write_score,
    write_value,
    write_value_interval,
)
from web.words import Words, write_number

SHADES = 5


def value_of(each: ProvinceFigure) -> Decimal | None:
    """What stands for a province: a score, an indicator's value, or how many parcels; None where nothing does."""
    if each.missing is not None or each.parcels is None:
        return None
    if each.place is not None:
        return each.place.score
    return each.measure.value if each.measure is not None else Decimal(each.parcels)


def interval_of(each: ProvinceFigure) -> Interval | None:
    """Its interval; a count of parcels has none."""
    if each.place is not None:
        return each.place.interval
    return each.measure.interval if each.measure is not None else None


def write_figure(words: Words, each: ProvinceFigure) -> str:
    """The value in its unit."""
    if each.missing is not None:
        return NONE
    if each.place is not None:
        return write_score(each.place.score)
    measure = each.measure
    if measure is not None and measure.value is not None:
        return write_value(words, measure.indicator.unit, measure.value)
    return write_number(each.parcels or 0)


def write_short(words: Words, each: ProvinceFigure) -> str:
    """As short as a tile on a telephone is wide; `no figure` in words."""
    value = value_of(each)
    if value is None:
        return words("map.none")
    if each.place is not None:
        return f"{value:.0f}"
    if each.measure is None:
        return write_compact(words, each.parcels or 0)
    if each.measure.indicator.unit is Unit.PER_MILLION:
        return write_compact(words, round(value * MILLION))
    return f"{value * 100:.1f}%" if value < 1 else "100%"


def write_compact(words: Words, number: int) -> str:
    """9,999 as it is, 123,456 as 12.3万 or 123k."""
    if number < 10_000:
        return write_number(number)
    step = 10_000 if words.lang != "en" else 1_000
    whole = number / step
    return words("map.compact", n=f"{whole:.1f}" if whole < 100 else f"{whole:,.0f}")


def write_figure_interval(words: Words, each: ProvinceFigure) -> str:
    """The interval; where there is no figure, why."""
    if each.missing is not None:
        return words(f"map.missing.{each.missing}")
    if each.place is not None:
        return write_interval(words, each.place.interval)
    return write_value_interval(words, each.measure) if each.measure is not None else words("map.whole")


def write_sample(each: ProvinceFigure) -> str:
    """What it was counted from."""
    if each.missing is not None or each.parcels is None:
        return NONE
    if each.measure is not None:
        return write_counts(each.measure)
    return write_number(each.parcels if each.sample is None else each.sample)


def figure_title(words: Words, asked: AskedMap) -> str:
    """What is shown."""
    indicator = asked.indicator
    if indicator is not None:
        return indicator_title(words, indicator)
    return words({VOLUME: "map.volume", PLACED: "map.score"}[asked.figure])


def shade_of(value: Decimal, low: Decimal, high: Decimal) -> int:
    """1 for the least to SHADES for the greatest; all alike are in the middle."""
    if high == low:
        return (SHADES + 1) // 2
    return min(SHADES, 1 + int((value - low) / (high - low) * SHADES))
