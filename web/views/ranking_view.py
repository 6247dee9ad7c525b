"""The ranking page (信用排名): who stands where, how sure that is, and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from credit_scoring.evidence.window import Window
from credit_scoring.scheme.rules import TOTAL, Dimension, Scheme
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.run_results import RunHead
from credit_scoring.scoring.score import Reason, Score
from tracker.store.registry import Carrier
from tracker.working_days import local_day_of
from web.runs.assessed import Assessed
from web.runs.run_paths import COMPARED
from web.views.figures import NONE, Bar, build_bar, figures_of, indicator_title, write_points, write_score
from web.views.names import Name, carrier_name
from web.views.parts import Chip, Choice, Seal, grade_seal
from web.views.periods import Period, build_periods
from web.views.ranking_cards import Card, build_cards
from web.views.ranking_head import Heading, build_headings, columns_of, heading_title
from web.views.ranking_order import Order, in_order
from web.views.run_links import trend_href
from web.views.scope_view import ScopeView, scope_query
from web.views.times import full_moment, write_day
from web.words import Words, write_number


@dataclass(frozen=True, slots=True)
class Won:
    """The points won in the dimension that was chosen, of 1000; `bar` is None where nothing of it is known."""

    score: str
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One carrier with a place."""

    rank: str
    places: str
    code: str
    carrier: Name
    tags: tuple[Chip, ...]
    seal: Seal
    score: str
    bar: Bar
    won: Won | None
    parcels: str
    deduction: str
    href: str
    report_href: str | None


@dataclass(frozen=True, slots=True)
class UnrankedRow:
    """One carrier without a place, and why."""

    code: str
    carrier: Name
    tags: tuple[Chip, ...]
    title: str
    reason: str
    parcels: str
    href: str
    report_href: str | None


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
    periods: tuple[Period, ...]
    headings: tuple[Heading, ...]
    dimension: str
    dimensions: tuple[Choice, ...]
    sorts: tuple[Choice, ...]
    is_turned: bool
    division: str
    pick: str
    pick_none: str
    compare_href: str
    trend_href: str
    csv_href: str
    xlsx_href: str
    json_href: str
    latest: Latest | None


def build_ranking_view(
    words: Words,
    assessed: Assessed,
    *,
    carriers: dict[str, Carrier],
    scope: ScopeView,
    order: Order,
    today: date,
    latest: datetime | None,
    disputed: Collection[str] = (),
    saved: RunHead | None = None,
) -> RankingView:
    """The page of one assessment; `today` is the local day, `disputed` the carriers with an open objection.

    Carriers can be compared, and have a report, where this scope has a run that is `saved`.
    """
    run = saved.run_id if saved else None
    assessment, scheme = assessed.assessment, assessed.assessment.scheme
    query = scope_query(assessment.window, assessment.division)
    rows = in_order(assessment.rows, order, scheme)
    return RankingView(
        scope=scope,
        cards=build_cards(words, assessed),
        rows=tuple(
            _ranked(words, row, scheme, carriers, query, dimension=order.dimension, disputed=disputed, run=run)
            for row in rows
        ),
        unranked=tuple(
            _unranked(words, row, scheme, carriers, query, disputed=disputed, run=run) for row in assessment.unranked
        ),
        periods=build_periods(
            words,
            assessment.window,
            path="/rankings",
            division=assessment.division,
            kept=order.query,
            today=today,
        ),
        headings=build_headings(words, order, query),
        dimension=words(f"dimension.{order.dimension}") if order.dimension else "",
        dimensions=tuple(Choice(each, words(f"dimension.{each}"), each is order.dimension) for each in Dimension),
        sorts=tuple(
            Choice(each, heading_title(words, each, order.dimension), each is order.column and bool(order.query))
            for each in columns_of(order.dimension)
        ),
        is_turned=order.turned,
        division=assessment.division or "",
        pick=words("compare.hint", most=COMPARED[1], moment=full_moment(saved.as_of).text) if saved else "",
        pick_none=words("compare.no_run"),
        compare_href="/rankings/compare" + (f"?division={assessment.division}" if assessment.division else ""),
        trend_href=trend_href([], assessment.division),
        csv_href=f"/rankings.csv?{query}",
        xlsx_href=f"/rankings.xlsx?{query}",
        json_href=f"/api/v1/rankings/carriers?{query}",
        latest=_latest(words, latest) if latest else None,
    )


def report_path(code: str, run: UUID | None) -> str | None:
    """The report of a carrier in a saved run; None where none is saved."""
    return f"/carriers/{code}/report?run={run}" if run else None


def carrier_tags(
    words: Words, code: str, carrier: Carrier | None, score: Score, *, disputed: Collection[str] = ()
) -> tuple[Chip, ...]:
    """What must be said beside a carrier's name; `disputed` are the carriers with an open objection."""
    tags = []
    if carrier is not None and carrier.is_dataset:
        tags.append(Chip(words("carrier.dataset"), "note"))
    elif carrier is None or not carrier.verified:
        tags.append(Chip(words("carrier.unverified"), "warn"))
    if 0 < score.covered_points < TOTAL:
        tags.append(Chip(words("carrier.covered", points=score.covered_points), "note"))
    if score.score is not None and score.grade is None:
        tags.append(Chip(words("carrier.ungraded"), "warn"))
    if code in disputed:
        tags.append(Chip(words("carrier.disputed"), "warn"))
    return tuple(tags)


def write_places(row: Ranked) -> str:
    """The places that chance could have given: 1, or 1–3."""
    if row.best_place == row.worst_place:
        return str(row.best_place)
    return f"{row.best_place}–{row.worst_place}"


def unranked_reason(words: Words, row: Unranked, scheme: Scheme) -> str:
    """Why there is no place."""
    return words(
        f"unranked.{row.reason}",
        n=write_number(scheme.minimum_parcels),
    )


def largest_deduction(score: Score) -> Reason | None:
    """The known indicator that lost most; None where nothing was lost."""
    known = [(reason.lost, reason) for reason in score.reasons if reason.lost]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def _ranked(
    words: Words,
    row: Ranked,
    scheme: Scheme,
    carriers: dict[str, Carrier],
    query: str,
    *,
    dimension: Dimension | None,
    disputed: Collection[str],
    run: UUID | None,
) -> RankedRow:
    score, code, figures = row.score, row.score.carrier, figures_of(row.score)
    return RankedRow(
        rank=str(row.rank),
        places=write_places(row),
        code=code,
        carrier=carrier_name(words, code, carriers.get(code)),
        tags=carrier_tags(words, code, carriers.get(code), score, disputed=disputed),
        seal=grade_seal(figures.grade, tuple(grade.name for grade in scheme.grades)),
        score=write_score(figures.score),
        bar=build_bar(words, figures.score, figures.interval),
        won=_won(words, score, dimension) if dimension else None,
        parcels=write_number(score.parcels),
        deduction=_deduction(words, largest_deduction(score)),
        href=f"/carriers/{code}?{query}",
        report_href=report_path(code, run),
    )


def _won(words: Words, score: Score, dimension: Dimension) -> Won:
    share, interval = score.dimension_share(dimension), score.dimension_interval(dimension)
    if share is None or interval is None:
        return Won(NONE, None)
    return Won(write_score(share), build_bar(words, share, interval))


def _unranked(
    words: Words,
    row: Unranked,
    scheme: Scheme,
    carriers: dict[str, Carrier],
    query: str,
    *,
    disputed: Collection[str],
    run: UUID | None,
) -> UnrankedRow:
    code = row.score.carrier
    return UnrankedRow(
        code=code,
        carrier=carrier_name(words, code, carriers.get(code)),
        tags=carrier_tags(words, code, carriers.get(code), row.score, disputed=disputed),
        title=words(f"unranked.title.{row.reason}"),
        reason=unranked_reason(words, row, scheme),
        parcels=write_number(row.score.parcels),
        href=f"/carriers/{code}?{query}",
        report_href=report_path(code, run),
    )


def _deduction(words: Words, reason: Reason | None) -> str:
    if reason is None or reason.lost is None:
        return words("ranking.no_deduction")
    return f"{indicator_title(words, reason.measure.indicator)} −{write_points(reason.lost)}"


def _latest(words: Words, moment: datetime) -> Latest:
    window = Window.parse(None, None, today=local_day_of(moment))
    text = words("ranking.latest", day=write_day(words, local_day_of(moment)))
    return Latest(text, f"/rankings?{scope_query(window, None)}")
