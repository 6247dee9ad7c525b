"""The ranking as a workbook (导出 XLSX): the ranking, every indicator with its interval, and what it rests on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from decimal import Decimal

from credit_scoring.evidence.indicators import Unit
from credit_scoring.evidence.measure import Measure
from credit_scoring.governance.objections.objection import Objection
from credit_scoring.scheme.rules import Dimension
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.score import Score
from tracker.store.registry import Carrier
from web.api.objection_marks import indicator_in, open_by_carrier
from web.pages.table_file import Cell, FileTable, write_workbook
from web.runs.assessed import Assessed, standings_of
from web.views.figures import MILLION, figures_of, indicator_title
from web.views.names import carrier_name
from web.views.ranking_view import unranked_reason
from web.views.scope_view import ScopeView
from web.words import Words

RANKING = ("rank", "best", "worst", "carrier", "code", "grade", "score", "low", "high", "parcels", "reason")
INDICATORS = ("carrier", "code", "dimension", "indicator", "unit", "value", "low", "high", "numerator", "denominator",
              "points", "weight", "unknown", "objections")  # fmt: skip
ByCarrier = Mapping[str, Sequence[Objection]]


def write_ranking_sheet(
    words: Words,
    assessed: Assessed,
    carriers: Mapping[str, Carrier],
    scope: ScopeView,
    objections: Iterable[Objection],
) -> bytes:
    """The file, its heads in the page's language; the same assessment gives the same bytes."""
    still_open = open_by_carrier(objections)
    names = {code: carrier_name(words, code, carrier).text for code, carrier in carriers.items()}
    heads = [*(words(f"csv.{name}") for name in RANKING), *(words(f"dimension.{each}") for each in Dimension)]
    heads.append(words("sheet.objections"))
    told = [words(f"sheet.{name}") for name in INDICATORS]
    tables = (
        FileTable(words("sheet.ranking"), heads, list(_ranking(words, assessed, names, still_open))),
        FileTable(words("sheet.indicators"), told, list(_indicators(words, assessed, names, still_open))),
        FileTable(
            words("sheet.about"),
            [words("sheet.about_head"), words("sheet.about_text")],
            list(_about(words, assessed, scope)),
        ),
    )
    return write_workbook(tables, title=words("ranking.title"), created=assessed.assessment.as_of)


def _ranking(words: Words, assessed: Assessed, names: Mapping[str, str], still_open: ByCarrier) -> Iterable[list[Cell]]:
    for row in standings_of(assessed.assessment):
        code, parcels = row.score.carrier, row.score.parcels
        name, disputed = names.get(code, code), len(still_open.get(code, ()))
        if isinstance(row, Unranked):
            reason = unranked_reason(words, row, assessed.assessment.scheme)
            yield [None, None, None, name, code, None, None, None, None, parcels, reason,
                   *(None for _ in Dimension), disputed]  # fmt: skip
            continue
        known = figures_of(row.score)
        yield [row.rank, row.best_place, row.worst_place, name, code, known.grade, known.score, *known.interval,
               parcels, None, *(row.score.dimension_share(each) for each in Dimension), disputed]  # fmt: skip


def _indicators(
    words: Words, assessed: Assessed, names: Mapping[str, str], still_open: ByCarrier
) -> Iterable[list[Cell]]:
    for row in standings_of(assessed.assessment):
        code = row.score.carrier
        is_ranked = isinstance(row, Ranked)
        for measure, dimension, points, weight in _measures(row.score):
            yield [names.get(code, code), code, words(f"dimension.{dimension}"),
                   indicator_title(words, measure.indicator), words(f"unit.{measure.indicator.unit}"),
                   *measure_cells(measure), measure.numerator, measure.denominator,
                   points if is_ranked else None, weight,
                   None if measure.reason is None else words(f"unknown.{measure.reason}"),
                   _marks(words, measure, still_open.get(code, ()))]  # fmt: skip


def _marks(words: Words, measure: Measure, objections: Iterable[Objection]) -> str | None:
    """The open objections to an indicator, each with its number and its state."""
    mine = [each for each in objections if indicator_in(each) == measure.indicator.name]
    told = [words("report.mark", number=e.objection_no, state=words(f"objection_state.{e.state}")) for e in mine]
    return "; ".join(told) or None


def _measures(score: Score) -> Iterable[tuple[Measure, str, Decimal | None, int]]:
    for reason in score.reasons:
        yield reason.measure, reason.rule.dimension, reason.points, reason.rule.points
    for measure in score.told:
        yield measure, "told", None, 0


def measure_cells(measure: Measure) -> list[Decimal | None]:
    """The value and its interval's ends, in the indicator's unit."""
    ends = (None, None) if measure.interval is None else (measure.interval.low, measure.interval.high)
    return [None if figure is None else _in_unit(measure.indicator.unit, figure) for figure in (measure.value, *ends)]


def _in_unit(unit: Unit, figure: Decimal) -> Decimal:
    match unit:
        case Unit.PER_MILLION:
            return figure * MILLION
        case Unit.STARS:
            return 1 + 4 * figure
        case Unit.SHARE:
            return figure * 100
        case _:
            return figure


def _about(words: Words, assessed: Assessed, scope: ScopeView) -> Iterable[list[Cell]]:
    assessment = assessed.assessment
    yield [words("csv.from"), assessment.window.from_date.isoformat()]
    yield [words("csv.to"), assessment.window.to_date.isoformat()]
    yield [words("scope.division"), scope.division.text]
    yield [words("csv.scheme"), assessment.scheme.version]
    yield [words("csv.as_of"), assessment.as_of.astimezone(UTC).isoformat()]
    yield [words("csv.position"), assessment.position]
    yield [words("csv.run"), str(assessed.run or words("scope.live"))]
    yield [words("sheet.interval"), words("ranking.note")]
    if scope.scheme_note:
        yield [words("sheet.note"), scope.scheme_note]
