"""The trend page (信用走势): carriers through the saved runs, drawn and as a table that says the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from credit_scoring.scoring.rhythm import Rhythm, is_year
from credit_scoring.scoring.run_results import Place, Result
from credit_scoring.scoring.trend import Line, Slot, Trend
from web.runs.run_paths import IN_A_TREND
from web.runs.trends import ToldTrend
from web.views.division_choices import write_typed
from web.views.figures import NONE, write_interval, write_score
from web.views.names import Name, carrier_name, division_name
from web.views.parts import Chip, Choice
from web.views.scope_view import scope_query
from web.views.times import full_moment, write_day
from web.views.trend_chart import Chart, ChartLine, build_chart
from web.words import Words, write_number

COUNTS = (12, 24, 36)


@dataclass(frozen=True, slots=True)
class Key:
    """A carrier in the chart's key: its line, its name, and how it stands in its newest run here."""

    line: ChartLine
    name: Name
    href: str
    tags: tuple[Chip, ...]
    newest: str


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One carrier in one run, or what is to be said instead (`note`, over the whole row)."""

    note: str
    period: str
    closing: str
    carrier: Name
    score: str
    interval: str
    places: str
    grade: str
    parcels: str
    scheme: str
    seen: str
    disputed: str
    href: str


@dataclass(frozen=True, slots=True)
class TrendView:
    """Everything the template places."""

    division: Name
    span: str
    chart: Chart | None
    title: str
    told: str
    keys: tuple[Key, ...]
    rows: tuple[TrendRow, ...]
    empty: str
    carriers: tuple[Choice, ...]
    most: int
    rhythms: tuple[Choice, ...]
    counts: tuple[Choice, ...]
    schemes: tuple[Choice, ...]
    typed: str
    csv_href: str
    xlsx_href: str
    json_href: str
    ranking_href: str


def build_trend_view(words: Words, told: ToldTrend) -> TrendView:
    """The page of what was asked."""
    trend, asked, query = told.trend, told.asked, trend_query(told)
    periods = [write_period(words, slot, asked.rhythm) for slot in trend.slots]
    names = {line.carrier: _name(words, told, line.carrier) for line in trend.lines}
    has_lines = trend.has_runs and bool(trend.lines)
    chart = build_chart(words, trend, asked.rhythm, periods) if has_lines else None
    return TrendView(
        division=division_name(words, asked.division),
        span=words("trend.span", first=periods[0], last=periods[-1]),
        chart=chart,
        title=words("trend.chart_title", carriers=words("trend.comma").join(name.text for name in names.values())),
        told=_told(words, trend, periods),
        keys=tuple(_keys(words, told, chart)) if chart else (),
        rows=tuple(_rows(words, told, periods)) if has_lines else (),
        empty=_empty(words, told),
        carriers=tuple(
            Choice(code, _name(words, told, code).text, any(line.carrier == code for line in trend.lines))
            for code in told.offered
        ),
        most=IN_A_TREND,
        rhythms=tuple(Choice(each, words(f"trend.rhythm.{each}"), each is asked.rhythm) for each in Rhythm),
        counts=tuple(Choice(str(each), str(each), each == asked.count) for each in sorted({*COUNTS, asked.count})),
        schemes=tuple(Choice(each, each, each == asked.scheme) for each in told.schemes),
        typed=write_typed(asked.division) if asked.division else "",
        csv_href=f"/rankings/trend.csv?{query}",
        xlsx_href=f"/rankings/trend.xlsx?{query}",
        json_href=f"/api/v1/rankings/trend?{query}",
        ranking_href="/rankings" + (f"?division={asked.area}" if asked.area else ""),
    )


def trend_query(told: ToldTrend) -> str:
    """The same question, its carriers named."""
    asked = told.asked
    pairs = [("carrier", line.carrier) for line in told.trend.lines]
    pairs += [("rhythm", asked.rhythm.value), ("count", str(asked.count))]
    pairs += [("division", asked.area)] if asked.area else []
    return urlencode(pairs + ([("scheme", asked.scheme)] if asked.scheme else []))


def write_period(words: Words, slot: Slot, rhythm: Rhythm) -> str:
    """A slot's window as people call it."""
    first = slot.window.from_date
    if is_year(slot.window):
        return words("trend.year", year=first.year)
    if rhythm is Rhythm.MONTHS:
        return words("trend.month", year=first.year, month=words(f"time.month.{first.month}"))
    return words("trend.until", day=write_day(words, slot.window.last_day))


def write_place(words: Words, place: Place) -> str:
    """2 (1–3): the place, and which it could be."""
    if place.best == place.worst:
        return str(place.rank)
    return words("trend.place", rank=place.rank, best=place.best, worst=place.worst)


def why_unplaced(words: Words, result: Result | None) -> str:
    """Why a carrier has no score in a run."""
    if result is None or result.reason is None:
        return words("trend.not_in_run")
    return words(f"unranked.title.{result.reason}")


def write_disputed(words: Words, count: int) -> str:
    """So many objections are open, or none."""
    return words.count("runs.disputed", count) if count else words("runs.undisputed")


def _name(words: Words, told: ToldTrend, code: str) -> Name:
    return carrier_name(words, code, told.known.get(code))


def _keys(words: Words, told: ToldTrend, chart: Chart) -> Iterator[Key]:
    for line, drawn in zip(told.trend.lines, chart.lines, strict=True):
        newest = next((each for each in reversed(line.results) if each is not None), None)
        text = why_unplaced(words, newest)
        if newest is not None and newest.place is not None:
            interval = write_interval(words, newest.place.interval)
            text = words("trend.newest", score=write_score(newest.place.score), interval=interval)
        count = told.disputed[line.carrier]
        tags = (Chip(write_disputed(words, count), "warn"),) if count else ()
        area = f"?division={told.asked.area}" if told.asked.area else ""
        yield Key(drawn, _name(words, told, line.carrier), f"/carriers/{line.carrier}{area}", tags, text)


def _rows(words: Words, told: ToldTrend, periods: list[str]) -> Iterator[TrendRow]:
    """The newest first; where another scheme began and where there is no run, a row says so."""
    changed = {change.slot: change for change in told.trend.changes}
    for number in reversed(range(len(periods))):
        slot, period = told.trend.slots[number], periods[number]
        if slot.run is None:
            yield _note(words("trend.no_run", period=period))
        for line in told.trend.lines if slot.run is not None else ():
            yield _row(words, told, line, number, period)
        if number in changed:
            change = changed[number]
            yield _note(words("trend.change", before=change.before, after=change.after))


def _note(text: str) -> TrendRow:
    return TrendRow(text, "", "", Name(""), "", "", "", "", "", "", "", "", "")


def _row(words: Words, told: ToldTrend, line: Line, number: int, period: str) -> TrendRow:
    slot, result = told.trend.slots[number], line.results[number]
    run, place = slot.run, result.place if result else None
    assert run is not None
    return TrendRow(
        note="",
        period=period,
        closing=words("trend.closing") if slot.is_closing else "",
        carrier=_name(words, told, line.carrier),
        score=write_score(place.score) if place else NONE,
        interval=write_interval(words, place.interval) if place else why_unplaced(words, result),
        places=write_place(words, place) if place else NONE,
        grade=place.grade or NONE if place else NONE,
        parcels=write_number(result.parcels) if result else "0",
        scheme=run.scheme,
        seen=words("trend.seen", moment=full_moment(run.as_of).text, run=str(run.run_id)[:8]),
        disputed=write_disputed(words, told.disputed_in(line, slot)),
        href=f"/carriers/{line.carrier}?{scope_query(slot.window, told.asked.area)}",
    )


def _told(words: Words, trend: Trend, periods: list[str]) -> str:
    """What the drawing shows, for who cannot see it; the table has the figures."""
    judged = sum(1 for slot in trend.slots if slot.run is not None)
    missing = [period for slot, period in zip(trend.slots, periods, strict=True) if slot.run is None]
    parts = [words("trend.chart_told", judged=judged, slots=len(trend.slots))]
    if missing:
        parts.append(words("trend.chart_gaps", periods=words("trend.comma").join(missing)))
    parts += [
        words("trend.chart_change", period=periods[change.slot], before=change.before, after=change.after)
        for change in trend.changes
    ]
    return " ".join(parts)


def _empty(words: Words, told: ToldTrend) -> str:
    """Why there is nothing to draw; empty where there is."""
    if told.trend.has_runs:
        return "" if told.trend.lines else words("trend.empty_nobody")
    if told.asked.scheme and told.schemes:
        known = words("trend.comma").join(told.schemes)
        return words("trend.empty_scheme", scheme=told.asked.scheme, known=known)
    return words("trend.empty_runs")
