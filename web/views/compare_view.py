"""The comparison page (并列比较): carriers side by side in one run, and what of it tells them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from credit_scoring.evidence.indicators import Kind
from credit_scoring.evidence.measure import Measure
from credit_scoring.evidence.window import Window
from credit_scoring.governance.objections.objection import Objection
from credit_scoring.scheme.rules import Dimension
from credit_scoring.scoring.comparison import SCORE, Compared, compare_standings
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.score import Reason
from web.api.objection_marks import indicator_in
from web.runs.assessed import Assessed, standings_of
from web.runs.comparisons import ToldComparison
from web.runs.run_paths import COMPARED
from web.views.compared_words import write_compared, write_verdict
from web.views.figures import (
    NONE,
    Bar,
    build_bar,
    figures_of,
    indicator_title,
    write_counts,
    write_interval,
    write_points,
    write_score,
    write_value,
    write_value_interval,
)
from web.views.names import Name, carrier_name, division_name
from web.views.parts import Chip, Choice, Seal, grade_seal
from web.views.ranking_view import carrier_tags, unranked_reason, write_places
from web.views.run_links import PeriodLink, trend_href, write_window
from web.views.scope_view import ScopeView, build_scope_view, scope_query
from web.views.trend_view import write_disputed
from web.words import Words

Standing = Ranked | Unranked


@dataclass(frozen=True, slots=True)
class Head:
    """One carrier over its column; without a place `seal` and `bar` are None and `reason` says why."""

    name: Name
    href: str
    tags: tuple[Chip, ...]
    seal: Seal | None
    score: str
    bar: Bar | None
    place: str
    reason: str
    parcels: str
    disputed: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One carrier's figure: its value with interval, what was counted, its points; or why it is unknown."""

    carrier: Name
    value: str
    interval: str
    counts: str
    points: str
    unknown: str
    disputed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One dimension or indicator across the carriers, and what may be said of the difference."""

    title: str
    is_part: bool
    cells: tuple[Cell, ...]
    verdict: str
    apart: bool


@dataclass(frozen=True, slots=True)
class CompareView:
    """Everything the template places. Without a run, or with fewer than two carriers, `empty` says what to do."""

    scope: ScopeView | None
    division: Name
    from_date: str
    to_date: str
    area: str
    empty: str
    verdict: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    carriers: tuple[Choice, ...]
    periods: tuple[PeriodLink, ...]
    most: int
    csv_href: str
    xlsx_href: str
    json_href: str
    trend_href: str
    ranking_href: str


def build_compare_view(words: Words, told: ToldComparison) -> CompareView:
    """The page of what was asked."""
    standings, names = told.standings, {code: _name(words, told, code) for code in told.carriers}
    empty = _empty(words, told)
    area = told.division.code if told.division else None
    query = urlencode([("carrier", code) for code in told.carriers]) + _scope(told.window, area)
    compared = compare_standings(standings) if not empty else {}
    plain = {code: name.text for code, name in names.items()}
    return CompareView(
        scope=build_scope_view(words, told.assessed, told.division) if told.assessed else None,
        division=division_name(words, told.division),
        from_date=told.window.from_date.isoformat() if told.window else "",
        to_date=told.window.to_date.isoformat() if told.window else "",
        area=area or "",
        empty=empty,
        verdict=write_verdict(words, compared[SCORE], plain) if compared else "",
        heads=tuple(_head(words, told, each, area) for each in standings) if not empty else (),
        rows=tuple(_rows(words, told, standings, names, compared)) if not empty else (),
        carriers=tuple(_carriers(words, told, told.assessed)) if told.assessed else (),
        periods=tuple(_period(words, told, window, area) for window in told.judged if window != told.window),
        most=COMPARED[1],
        csv_href=f"/rankings/compare.csv?{query}",
        xlsx_href=f"/rankings/compare.xlsx?{query}",
        json_href=f"/api/v1/rankings/compare?{query}",
        trend_href=trend_href(told.carriers, area),
        ranking_href=f"/rankings?{scope_query(told.window, area)}" if told.window else "/rankings",
    )


def disputed_names(objections: Sequence[Objection]) -> set[str]:
    """The indicators against which an objection is open, by name."""
    return {name for each in objections if (name := indicator_in(each))}


def _scope(window: Window | None, area: str | None) -> str:
    return f"&{scope_query(window, area)}" if window else ""


def _name(words: Words, told: ToldComparison, code: str) -> Name:
    return carrier_name(words, code, told.known.get(code))


def _empty(words: Words, told: ToldComparison) -> str:
    """What to do where there is nothing to compare; empty where there is."""
    if told.lost_scheme:
        return words("compare.empty_scheme", scheme=told.lost_scheme)
    if told.assessed is None:
        return words("compare.empty_run")
    return words("compare.empty_few", most=COMPARED[1]) if len(told.carriers) < COMPARED[0] else ""


def _carriers(words: Words, told: ToldComparison, assessed: Assessed) -> list[Choice]:
    codes = [each.score.carrier for each in standings_of(assessed.assessment)]
    codes += [code for code in told.carriers if code not in codes]
    return [Choice(code, _name(words, told, code).text, code in told.carriers) for code in codes]


def _period(words: Words, told: ToldComparison, window: Window, area: str | None) -> PeriodLink:
    query = urlencode([("carrier", code) for code in told.carriers])
    href = f"/rankings/compare?{query}{'&' if query else ''}{scope_query(window, area)}"
    return PeriodLink(write_window(words, window), href)


def _head(words: Words, told: ToldComparison, standing: Standing, area: str | None) -> Head:
    assert told.assessed is not None
    assert told.window is not None
    score, scheme = standing.score, told.assessed.assessment.scheme
    code = score.carrier
    ranked = standing if isinstance(standing, Ranked) else None
    figures = figures_of(score) if ranked else None
    return Head(
        name=_name(words, told, code),
        href=f"/carriers/{code}?{scope_query(told.window, area)}",
        tags=carrier_tags(words, code, told.known.get(code), score),
        seal=grade_seal(figures.grade, tuple(grade.name for grade in scheme.grades)) if figures else None,
        score=write_score(figures.score) if figures else NONE,
        bar=build_bar(words, figures.score, figures.interval) if figures else None,
        place=words("compare.place", rank=ranked.rank, places=write_places(ranked)) if ranked else NONE,
        reason="" if isinstance(standing, Ranked) else unranked_reason(words, standing, scheme),
        parcels=words.count("carrier.parcels", score.parcels),
        disputed=write_disputed(words, len(told.objections.get(code, ()))),
    )


def _rows(
    words: Words,
    told: ToldComparison,
    standings: list[Standing],
    names: dict[str, Name],
    compared: dict[str, Compared],
) -> list[Row]:
    """Each dimension and below it its indicators, in the scheme's order; then what is told without points."""
    plain = {code: name.text for code, name in names.items()}
    disputed = {code: disputed_names(told.objections.get(code, ())) for code in names}

    def indicator_row(number: int) -> Row:
        """The measure of this number, in which order every carrier has them."""
        measures = [each.score.measures[number] for each in standings]
        indicator, here = measures[0].indicator, compared[measures[0].indicator.name.value]
        cells = tuple(
            _cell(words, one, measure, names, is_disputed=indicator.name.value in disputed[one.score.carrier])
            for one, measure in zip(standings, measures, strict=True)
        )
        verdict = words("compare.no_interval")
        if indicator.kind is not Kind.MEAN_HOURS:
            verdict = write_compared(words, here, plain, by_register=indicator.kind is Kind.REGISTER)
        return Row(indicator_title(words, indicator), False, cells, verdict, bool(here.ahead))

    rows, reasons = [], standings[0].score.reasons
    for dimension in Dimension:
        here = compared[dimension.value]
        cells = tuple(_dimension_cell(words, each, dimension, names) for each in standings)
        title = words("compare.dimension", name=words(f"dimension.{dimension}"))
        rows.append(Row(title, True, cells, write_compared(words, here, plain), bool(here.ahead)))
        rows += [indicator_row(number) for number, reason in enumerate(reasons) if reason.rule.dimension is dimension]
    if standings[0].score.told:
        rows.append(Row(words("dimension.told"), True, (), "", False))
        rows += [indicator_row(number) for number in range(len(reasons), len(standings[0].score.measures))]
    return rows


def _cell(words: Words, standing: Standing, measure: Measure, names: dict[str, Name], *, is_disputed: bool) -> Cell:
    carrier = names[standing.score.carrier]
    if measure.value is None:
        why = words(f"unknown.{measure.reason}")
        return Cell(carrier, words("carrier.unknown"), "", "", "", why, is_disputed)
    reason = next((each for each in standing.score.reasons if each.measure is measure), None)
    interval = write_value_interval(words, measure)
    return Cell(
        carrier=carrier,
        value=write_value(words, measure.indicator.unit, measure.value),
        interval="" if interval == NONE else interval,
        counts=write_counts(measure),
        points=_points(words, reason) if isinstance(standing, Ranked) else "",
        unknown="",
        disputed=is_disputed,
    )


def _points(words: Words, reason: Reason | None) -> str:
    if reason is None or reason.points is None:
        return ""
    return words("compare.points", points=write_points(reason.points), weight=write_points(reason.rule.points))


def _dimension_cell(words: Words, standing: Standing, dimension: Dimension, names: dict[str, Name]) -> Cell:
    score, carrier = standing.score, names[standing.score.carrier]
    share, interval = score.dimension_share(dimension), score.dimension_interval(dimension)
    if not isinstance(standing, Ranked):
        return Cell(carrier, NONE, "", "", "", words(f"unranked.title.{standing.reason}"), False)
    if share is None or interval is None:
        return Cell(carrier, words("carrier.unknown"), "", "", "", words("compare.dimension_unknown"), False)
    return Cell(carrier, write_score(share), write_interval(words, interval), "", "", "", False)
