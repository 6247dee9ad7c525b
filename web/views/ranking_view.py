"""The ranking page (信用排名): who stands where, how sure that is, and why."""

from dataclasses import dataclass
from datetime import datetime

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.evidence import Count
from credit_scoring.evidence.indicators import Indicator, IndicatorName
from credit_scoring.evidence.measure import Measure
from credit_scoring.evidence.numbers import divide
from credit_scoring.evidence.window import Window, local_day
from credit_scoring.scheme.rules import TOTAL, Scheme
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.score import Reason, Score
from tracker.store.registry import Carrier
from web.assessed import Assessed, standings_of
from web.views.figures import NONE, Bar, build_bar, figures_of, write_points, write_score, write_value
from web.views.names import Name, carrier_name
from web.views.parts import Chip, Seal, grade_seal
from web.views.scope_view import ScopeView, scope_query
from web.views.times import write_day
from web.words import Words, write_number

HEADLINES = (
    IndicatorName.DELIVERED_IN_TIME,
    IndicatorName.PICKED_UP_IN_TIME,
    IndicatorName.TRACE_COMPLETE,
    IndicatorName.REAL_NAME,
    IndicatorName.LOSS,
)


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator over all carriers together."""

    title: str
    value: str
    counts: str


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One carrier with a place."""

    rank: str
    places: str
    carrier: Name
    tags: tuple[Chip, ...]
    seal: Seal
    score: str
    bar: Bar
    parcels: str
    deduction: str
    href: str


@dataclass(frozen=True, slots=True)
class UnrankedRow:
    """One carrier without a place, and why."""

    carrier: Name
    tags: tuple[Chip, ...]
    title: str
    reason: str
    parcels: str
    href: str


@dataclass(frozen=True, slots=True)
class Latest:
    """Where to look when nothing is here: the 30 days that end with the latest acceptance."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class RankingView:
    """Everything the template places."""

    scope: ScopeView
    cards: tuple[Card, ...]
    rows: tuple[RankedRow, ...]
    unranked: tuple[UnrankedRow, ...]
    csv_href: str
    json_href: str
    latest: Latest | None


def build_ranking_view(
    words: Words, assessed: Assessed, *, carriers: dict[str, Carrier], scope: ScopeView, latest: datetime | None
) -> RankingView:
    """The page of one assessment."""
    assessment, scheme = assessed.assessment, assessed.assessment.scheme
    query = scope_query(assessment.window, assessment.division)
    return RankingView(
        scope=scope,
        cards=_cards(words, assessed),
        rows=tuple(_ranked(words, row, scheme, carriers, query) for row in assessment.rows),
        unranked=tuple(_unranked(words, row, scheme, carriers, query) for row in assessment.unranked),
        csv_href=f"/rankings.csv?{query}",
        json_href=f"/api/v1/rankings/carriers?{query}",
        latest=_latest(words, latest) if latest else None,
    )


def carrier_tags(words: Words, code: str, carrier: Carrier | None, score: Score) -> tuple[Chip, ...]:
    """What must be said beside a carrier's name."""
    tags = []
    if carrier is not None and carrier.is_dataset:
        tags.append(Chip(words("carrier.dataset"), "note"))
    elif carrier is None or not carrier.verified:
        tags.append(Chip(words("carrier.unverified"), "warn"))
    if 0 < score.covered_points < TOTAL:
        tags.append(Chip(words("carrier.covered", points=score.covered_points), "note"))
    return tuple(tags)


def indicator_title(words: Words, indicator: Indicator) -> str:
    """The indicator's name in the page's language."""
    return indicator.title_en if words.lang == "en" else indicator.title_zh


def write_places(row: Ranked) -> str:
    """The places that chance could have given: 1, or 1–3."""
    if row.best_place == row.worst_place:
        return str(row.best_place)
    return f"{row.best_place}–{row.worst_place}"


def unranked_reason(words: Words, row: Unranked, scheme: Scheme) -> str:
    """Why there is no place."""
    return words(f"unranked.{row.reason}", n=write_number(scheme.minimum_parcels))


def largest_deduction(score: Score) -> Reason | None:
    """The known indicator that lost most; None where nothing was lost."""
    known = [(reason.lost, reason) for reason in score.reasons if reason.lost]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def _ranked(words: Words, row: Ranked, scheme: Scheme, carriers: dict[str, Carrier], query: str) -> RankedRow:
    score, code, figures = row.score, row.score.carrier, figures_of(row.score)
    return RankedRow(
        rank=str(row.rank),
        places=write_places(row),
        carrier=carrier_name(words, code, carriers.get(code)),
        tags=carrier_tags(words, code, carriers.get(code), score),
        seal=grade_seal(figures.grade, tuple(grade.name for grade in scheme.grades)),
        score=write_score(figures.score),
        bar=build_bar(words, figures.score, figures.interval),
        parcels=write_number(score.parcels),
        deduction=_deduction(words, largest_deduction(score)),
        href=f"/carriers/{code}?{query}",
    )


def _unranked(words: Words, row: Unranked, scheme: Scheme, carriers: dict[str, Carrier], query: str) -> UnrankedRow:
    code = row.score.carrier
    return UnrankedRow(
        carrier=carrier_name(words, code, carriers.get(code)),
        tags=carrier_tags(words, code, carriers.get(code), row.score),
        title=words(f"unranked.title.{row.reason}"),
        reason=unranked_reason(words, row, scheme),
        parcels=write_number(row.score.parcels),
        href=f"/carriers/{code}?{query}",
    )


def _deduction(words: Words, reason: Reason | None) -> str:
    if reason is None or reason.lost is None:
        return words("ranking.no_deduction")
    return f"{indicator_title(words, reason.measure.indicator)} −{write_points(reason.lost)}"


def _cards(words: Words, assessed: Assessed) -> tuple[Card, ...]:
    """The indicators that are asked for first, each over all carriers whose feed covers it."""
    scores = [row.score for row in standings_of(assessed.assessment)]
    cards = []
    for indicator in map(indicator_of, HEADLINES):
        measures = [_measure_of(score, indicator.name) for score in scores]
        pooled = _pool(measures)
        known = divide(pooled.numerator, pooled.denominator) if pooled.denominator else None
        value = NONE if known is None else write_value(words, indicator.unit, known)
        counts = f"{write_number(pooled.numerator)} / {write_number(pooled.denominator)}"
        cards.append(Card(indicator_title(words, indicator), value, counts if pooled.denominator else NONE))
    return tuple(cards)


def _measure_of(score: Score, name: IndicatorName) -> Measure:
    return next(measure for measure in score.measures if measure.indicator.name is name)


def _pool(measures: list[Measure]) -> Count:
    known = [measure for measure in measures if measure.reason is None]
    return Count(sum(each.numerator or 0 for each in known), sum(each.denominator or 0 for each in known))


def _latest(words: Words, moment: datetime) -> Latest:
    window = Window.parse(None, None, today=local_day(moment))
    text = words("ranking.latest", day=write_day(words, local_day(moment)))
    return Latest(text, f"/rankings?{scope_query(window, None)}")
