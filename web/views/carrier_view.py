"""The carrier page (企业信用): the score and every reason for it, down to the parcels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from credit_scoring.evidence.indicators import Direction, IndicatorName
from credit_scoring.evidence.measure import Measure, Unknown
from credit_scoring.governance.objections.objection import Objection, PointKind
from credit_scoring.scheme.rules import TOTAL, Dimension, Scheme
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.score import Reason, Score
from tracker.store.registry import Carrier
from web.runs.assessed import Assessed, Since
from web.views.figures import (
    NONE,
    Bar,
    build_bar,
    figures_of,
    in_language,
    indicator_title,
    write_counts,
    write_interval,
    write_objections,
    write_points,
    write_score,
    write_value,
    write_value_interval,
)
from web.views.names import Name, carrier_name
from web.views.parts import Chip, Seal, grade_seal
from web.views.ranking_view import carrier_tags, report_path, unranked_reason, write_places
from web.views.run_links import trend_href
from web.views.scope_view import ScopeView, scope_query
from web.views.since_view import SinceView, build_since
from web.words import Words, write_number


@dataclass(frozen=True, slots=True)
class Verdict:
    """The score of a ranked carrier."""

    seal: Seal
    score: str
    bar: Bar
    rank: str
    places: str


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator: what was counted, what it cost, by which rule; or why it is unknown."""

    name: str
    title: str
    rule: str
    value: str
    counts: str
    interval: str
    points: str
    lost: str
    parcels_href: str | None
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """The indicators that are unknown for one reason."""

    titles: str
    why: str


@dataclass(frozen=True, slots=True)
class DimensionPart:
    """One dimension's indicators, and how many of 1000 points it won; or what has no points."""

    title: str
    score: str
    indicators: tuple[IndicatorRow, ...]
    unknown: tuple[UnknownRow, ...] = ()

    @property
    def is_disputed(self) -> bool:
        """Whether an objection is open against one of its indicators."""
        return any(row.disputed for row in self.indicators)


@dataclass(frozen=True, slots=True)
class CarrierView:
    """Everything the template places."""

    name: Name
    code: str
    uscc: str | None
    tags: tuple[Chip, ...]
    scope: ScopeView
    verdict: Verdict | None
    unranked_title: str | None
    unranked: str | None
    covered: str | None
    parcels: str
    expected: str | None
    disputed: str | None
    objections: str
    parts: tuple[DimensionPart, ...]
    since: SinceView | None
    ranking_href: str
    trend_href: str
    json_href: str
    report_href: str | None


def build_carrier_view(
    words: Words,
    assessed: Assessed,
    carrier: Carrier,
    *,
    scope: ScopeView,
    since: Since | None,
    objections: Sequence[Objection] = (),
    run: UUID | None = None,
) -> CarrierView:
    """The page of one carrier in one assessment, its open objections marked; `run` is the latest saved one, if any."""
    assessment, scheme = assessed.assessment, assessed.assessment.scheme
    standing = assessment.standing_of(carrier.code)
    query = scope_query(assessment.window, assessment.division)
    unranked = standing if isinstance(standing, Unranked) else None
    covered = standing.score.covered_points
    return CarrierView(
        name=carrier_name(words, carrier.code, carrier),
        code=carrier.code,
        uscc=carrier.uscc,
        tags=carrier_tags(words, carrier.code, carrier, standing.score),
        disputed=words.count("carrier.disputed_note", len(objections)) if objections else None,
        objections=write_objections(words, len(objections)),
        scope=scope,
        verdict=_verdict(words, standing, scheme) if isinstance(standing, Ranked) else None,
        unranked_title=words(f"unranked.title.{unranked.reason}") if unranked else None,
        unranked=unranked_reason(words, unranked, scheme) if unranked else None,
        covered=words("carrier.covered_note", points=covered) if unranked is None and covered < TOTAL else None,
        parcels=words.count("carrier.parcels", standing.score.parcels),
        expected=_expected(words, standing.score),
        parts=_marked(
            _parts(words, standing.score, carrier.code, query, is_ranked=unranked is None), _in_dispute(objections)
        ),
        since=build_since(words, since, assessment) if since else None,
        ranking_href=f"/rankings?{query}",
        trend_href=trend_href([carrier.code], assessment.division),
        json_href=f"/api/v1/carriers/{carrier.code}/credit?{query}",
        report_href=report_path(carrier.code, run),
    )


def _in_dispute(objections: Sequence[Objection]) -> set[str]:
    """The indicators against which an objection is open, by name."""
    return {each.point.key.partition("/")[2] for each in objections if each.point.kind is PointKind.INDICATOR}


def _marked(parts: tuple[DimensionPart, ...], names: set[str]) -> tuple[DimensionPart, ...]:
    """The parts with every indicator marked that is in dispute."""
    return tuple(
        replace(part, indicators=tuple(replace(row, disputed=row.name in names) for row in part.indicators))
        for part in parts
    )


def parcels_path(code: str, name: IndicatorName, query: str) -> str:
    """The list of the parcels that lost points in an indicator."""
    return f"/carriers/{code}/parcels?indicator={name}&{query}"


def _verdict(words: Words, row: Ranked, scheme: Scheme) -> Verdict:
    figures = figures_of(row.score)
    return Verdict(
        seal=grade_seal(figures.grade, tuple(grade.name for grade in scheme.grades)),
        score=write_score(figures.score),
        bar=build_bar(words, figures.score, figures.interval),
        rank=words("carrier.rank", rank=row.rank),
        places=words("carrier.places", places=write_places(row)),
    )


def _expected(words: Words, score: Score) -> str | None:
    if score.expected is None or score.expected == score.parcels:
        return None
    hidden = write_number(score.expected - score.parcels)
    return words("carrier.hidden", n=hidden, expected=write_number(score.expected))


def _parts(words: Words, score: Score, code: str, query: str, *, is_ranked: bool) -> tuple[DimensionPart, ...]:
    """The dimensions in the scheme's order, then what is told without points; nothing that is empty."""
    parts = []
    for dimension in Dimension:
        mine = score.reasons_in(dimension)
        won = score.dimension_share(dimension) if is_ranked else None
        known = [reason for reason in mine if reason.measure.reason is None]
        rows = tuple(_indicator(words, reason, code, query, is_ranked=is_ranked) for reason in known)
        shown = (
            words.count("carrier.not_scored", len(known), all=len(mine))
            if won is None
            else words("carrier.dimension_score", score=write_score(won), reach=_reach(words, score, dimension))
        )
        parts.append(DimensionPart(words(f"dimension.{dimension}"), shown, rows, _unknown(words, mine)))
    told = tuple(_told(words, measure) for measure in score.told if measure.reason is None)
    parts.append(DimensionPart(words("dimension.told"), words.count("carrier.told", len(told)), told))
    return tuple(part for part in parts if part.indicators or part.unknown)


def _unknown(words: Words, reasons: Sequence[Reason]) -> tuple[UnknownRow, ...]:
    """What nobody knows of a dimension, a row a reason, so that it takes little room."""
    titles: dict[Unknown, list[str]] = {}
    for reason in reasons:
        if reason.measure.reason is not None:
            titles.setdefault(reason.measure.reason, []).append(indicator_title(words, reason.measure.indicator))
    return tuple(
        UnknownRow(words("scheme.comma").join(named), words(f"unknown.{why}")) for why, named in titles.items()
    )


def _reach(words: Words, score: Score, dimension: Dimension) -> str:
    interval = score.dimension_interval(dimension)
    return write_interval(words, interval) if interval else NONE


def _told(words: Words, measure: Measure) -> IndicatorRow:
    """An indicator without points in this scheme."""
    indicator = measure.indicator
    return IndicatorRow(
        name=measure.indicator.name,
        title=indicator_title(words, indicator),
        rule=indicator.question_en if words.lang == "en" else indicator.question_zh,
        value=NONE if measure.value is None else write_value(words, indicator.unit, measure.value),
        counts=write_counts(measure),
        interval=write_value_interval(words, measure),
        points=NONE,
        lost=NONE,
        parcels_href=None,  # nothing was lost by it
    )


def _indicator(words: Words, reason: Reason, code: str, query: str, *, is_ranked: bool) -> IndicatorRow:
    measure = reason.measure
    show_points = is_ranked and reason.points is not None and reason.lost is not None
    weight = write_points(reason.rule.points)
    return IndicatorRow(
        name=measure.indicator.name,
        title=indicator_title(words, measure.indicator),
        rule=in_language(words, reason.rule.text),
        value=NONE if measure.value is None else write_value(words, measure.indicator.unit, measure.value),
        counts=write_counts(measure),
        interval=write_value_interval(words, measure),
        points=f"{write_points(reason.points)} / {weight}" if show_points and reason.points is not None else NONE,
        lost=f"−{write_points(reason.lost)}" if show_points and reason.lost else NONE,
        parcels_href=parcels_path(code, measure.indicator.name, query)
        if show_points and reason.lost and _speaks_against(measure)
        else None,
    )


def _speaks_against(measure: Measure) -> bool:
    """Whether any parcel speaks against the carrier here."""
    if not measure.indicator.counts_hidden or measure.numerator is None or measure.denominator is None:
        return False
    if measure.indicator.direction is Direction.LOWER:
        return measure.numerator > 0
    return measure.numerator < measure.denominator
