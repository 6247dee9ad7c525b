"""The chart of a trend (走势图): where everything stands, as SVG lengths; across in per cent, down in pixels.

So the drawing is as wide as its page and its words stay as large as the page's. A carrier is told by its shape and by
how its line is broken, and by colour only besides.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from credit_scoring.scoring.rhythm import Rhythm
from credit_scoring.scoring.run_results import Place
from credit_scoring.scoring.trend import Line, Slot, Trend
from web.views.figures import write_interval, write_score
from web.words import Words

TOP, BOTTOM, HEIGHT = 24, 256, 304
LEFT = 0.07  # of the width, for the scale's figures
LABELS = 12  # as many fit on a telephone
LEAST_SPAN = 200
SHAPES = (
    "M0 -5A5 5 0 1 0 0 5A5 5 0 1 0 0 -5Z",  # circle
    "M-4.5 -4.5H4.5V4.5H-4.5Z",  # square
    "M0 -6L5.5 4.5H-5.5Z",  # triangle
    "M0 -6.5L6 0L0 6.5L-6 0Z",  # diamond
    "M0 6L5.5 -4.5H-5.5Z",  # triangle on its point
    "M-6 -2H-2V-6H2V-2H6V2H2V6H-2V2H-6Z",  # cross
)


@dataclass(frozen=True, slots=True)
class Grid:
    """A line across, and the score it stands for."""

    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A slot's label under the axis, and the year or month that begins there."""

    x: str
    text: str
    under: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A slot that nobody judged."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Change:
    """Where another scheme begins to count."""

    x: str
    text: str
    anchor: str
    dx: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line between two neighbours."""

    x1: str
    y1: int
    x2: str
    y2: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A score with its interval from `high` down to `low`; `ringed`: a year's closing run."""

    x: str
    y: int
    low: int
    high: int
    ringed: bool
    text: str


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One carrier: its class (s1, s2, …), how far it is moved aside in pixels, its shape."""

    css: str
    aside: int
    shape: str
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...]
    unplaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything the template draws."""

    height: int
    top: int
    bottom: int
    depth: int
    grid: tuple[Grid, ...]
    ticks: tuple[Tick, ...]
    gaps: tuple[Gap, ...]
    changes: tuple[Change, ...]
    lines: tuple[ChartLine, ...]


def build_chart(words: Words, trend: Trend, rhythm: Rhythm, periods: Sequence[str]) -> Chart:
    """The drawing of a trend that has runs; `periods` names its slots."""
    count = len(trend.slots)
    low, high = _reach([result.place for line in trend.lines for result in line.results if result and result.place])
    step = 100 if high - low <= 500 else 200

    def down(score: Decimal) -> int:
        return round(BOTTOM - (score - low) / (high - low) * (BOTTOM - TOP))

    return Chart(
        height=HEIGHT,
        top=TOP,
        bottom=BOTTOM,
        depth=BOTTOM - TOP,
        grid=tuple(Grid(down(Decimal(score)), str(score)) for score in range(low, high + 1, step)),
        ticks=tuple(_ticks(words, trend.slots, rhythm)),
        gaps=tuple(
            Gap(_from_left(number / count), f"{(1 - LEFT) / count * 100:.2f}%")
            for number, slot in enumerate(trend.slots)
            if slot.run is None
        ),
        changes=tuple(
            Change(
                _from_left(change.slot / count),
                words("trend.scheme_from", scheme=change.after),
                *(("end", -5) if change.slot / count > 0.6 else ("start", 5)),
            )
            for change in trend.changes
        ),
        lines=tuple(
            ChartLine(
                css=f"s{number + 1}",
                aside=round((number - (len(trend.lines) - 1) / 2) * 4),
                shape=SHAPES[number],
                segments=tuple(
                    Segment(_at(one, count), down(before.score), _at(other, count), down(after.score))
                    for one, other in line.joins
                    if (before := _place(line, one)) and (after := _place(line, other))
                ),
                marks=tuple(
                    Mark(
                        x=_at(slot, count),
                        y=down(place.score),
                        low=down(place.interval.low),
                        high=down(place.interval.high),
                        ringed=trend.slots[slot].is_closing,
                        text=f"{periods[slot]}: {write_score(place.score)} ({write_interval(words, place.interval)})",
                    )
                    for slot in range(count)
                    if (place := _place(line, slot))
                ),
                unplaced=tuple(
                    _at(slot, count) for slot in range(count) if line.results[slot] and not _place(line, slot)
                ),
            )
            for number, line in enumerate(trend.lines)
        ),
    )


def _place(line: Line, slot: int) -> Place | None:
    result = line.results[slot]
    return result.place if result else None


def _reach(places: Sequence[Place]) -> tuple[int, int]:
    """The axis: whole hundreds around every interval, at least LEAST_SPAN of them."""
    low = 100 * math.floor(min((place.interval.low for place in places), default=Decimal(0)) / 100)
    high = 100 * math.ceil(max((place.interval.high for place in places), default=Decimal(1000)) / 100)
    if high - low < LEAST_SPAN:
        low = max(0, high - LEAST_SPAN)
    return low, max(high, low + LEAST_SPAN)


def _ticks(words: Words, slots: Sequence[Slot], rhythm: Rhythm) -> list[Tick]:
    """As many as fit; below them where the year, or of days the month, changes."""
    every, ticks, last = -(-len(slots) // (LABELS + 1)), [], ""
    for number in range(0, len(slots), every):
        slot, day = slots[number], slots[number].window.last_day
        begun = words(f"time.month.{day.month}") if rhythm is Rhythm.DAYS else str(day.year)
        text = {Rhythm.MONTHS: str(day.month), Rhythm.YEARS: str(day.year), Rhythm.DAYS: str(day.day)}[rhythm]
        under = begun if begun != last and rhythm is not Rhythm.YEARS and not slot.aside else ""
        ticks.append(Tick(_at(number, len(slots)), words("trend.year_tick") if slot.aside else text, under))
        last = begun
    if len(ticks) > 1 and ticks[1].under:  # the first has no room beside it
        ticks[0] = replace(ticks[0], under="")
    return ticks


def _at(slot: int, count: int) -> str:
    return _from_left((slot + 0.5) / count)


def _from_left(share: float) -> str:
    """A share of what lies right of the scale's figures."""
    return f"{(LEFT + share * (1 - LEFT)) * 100:.2f}%"
