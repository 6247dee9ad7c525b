"""The comparison page, and the same as CSV and as a workbook (并列比较)."""

from collections.abc import Iterator

from fastapi import APIRouter, Response

from credit_scoring.scheme.rules import Dimension
from credit_scoring.scoring.comparison import SCORE
from credit_scoring.scoring.ranking import Ranked
from tracker.store.database import reading
from web.context import Asking, Context
from web.pages.frame import show
from web.pages.ranking_sheet import measure_cells
from web.pages.table_file import CSV, XLSX, Cell, FileTable, answer_file, write_csv, write_workbook
from web.runs.comparisons import ToldComparison, comparison_of
from web.runs.run_paths import AskedRun, Carriers, ComparedCarriers, RunQuestion
from web.views.compare_view import build_compare_view, disputed_names
from web.views.figures import figures_of, indicator_title
from web.views.names import carrier_name
from web.views.ranking_view import unranked_reason
from web.views.times import write_rfc3339
from web.words import Words

router = APIRouter(include_in_schema=False)
HEADS = ("sheet.dimension", "sheet.indicator", "sheet.unit", "sheet.carrier", "sheet.code", "sheet.value", "sheet.low",
         "sheet.high", "sheet.numerator", "sheet.denominator", "sheet.points", "sheet.weight", "sheet.unknown",
         "compare.ahead_of", "runs.disputed_head", "csv.parcels", "csv.from", "csv.to", "csv.division", "csv.scheme",
         "csv.as_of", "csv.position", "csv.run")  # fmt: skip


@router.get("/rankings/compare")
def show_comparison(asking: Asking, asked: RunQuestion, codes: ComparedCarriers) -> Response:
    """Two to four carriers side by side in one saved run."""
    view = build_compare_view(asking.words, _read(asking, asked, codes))
    return show(asking.request, "compare.html", view, section="rankings")


@router.get("/rankings/compare.csv")
def show_comparison_csv(asking: Asking, asked: RunQuestion, codes: ComparedCarriers) -> Response:
    """The same, a line for each carrier's score, dimension and indicator."""
    table = _table(asking.words, _read(asking, asked, codes))
    return answer_file(write_csv(table), _file_name(asked, "csv"), CSV)


@router.get("/rankings/compare.xlsx")
def show_comparison_sheet(asking: Asking, asked: RunQuestion, codes: ComparedCarriers) -> Response:
    """The same as a workbook."""
    table = _table(asking.words, _read(asking, asked, codes))
    book = write_workbook([table], title=table.name, created=asking.now)
    return answer_file(book, _file_name(asked, "xlsx"), XLSX)


def _read(asking: Context, asked: AskedRun, codes: Carriers) -> ToldComparison:
    with reading(asking.engine) as session:
        return comparison_of(session, asked, codes)


def _file_name(asked: AskedRun, ending: str) -> str:
    return f"jixin-compare-{asked.area or 'all'}.{ending}"


def _table(words: Words, told: ToldComparison) -> FileTable:
    return FileTable(words("compare.title"), [words(head) for head in HEADS], list(_rows(words, told)))


def _rows(words: Words, told: ToldComparison) -> Iterator[list[Cell]]:
    """What is compared is the outer order, the carriers the inner; empty without a run."""
    standings, compared = told.standings, told.compared
    names = {code: carrier_name(words, code, told.known.get(code)).text for code in told.carriers}
    ahead = {(key, code): of for key, each in compared.items() for code, of in each.ahead}

    def tail(key: str, code: str) -> list[Cell]:
        assert told.assessed is not None
        assessment = told.assessed.assessment
        objections = told.objections.get(code, ())
        disputed = len(objections) if key == SCORE else int(key in disputed_names(objections))
        of = words("trend.comma").join(names[each] for each in ahead.get((key, code), ()))
        return [of or None, disputed, assessment.standing_of(code).score.parcels,
                assessment.window.from_date.isoformat(), assessment.window.to_date.isoformat(), assessment.division,
                assessment.scheme.version, write_rfc3339(assessment.as_of), assessment.position,
                str(told.assessed.run)]  # fmt: skip

    for each in standings:
        code = each.score.carrier
        figures = figures_of(each.score) if isinstance(each, Ranked) else None
        ends: list[Cell] = [figures.score, *figures.interval] if figures else [None, None, None]
        assert told.assessed is not None
        why = None if isinstance(each, Ranked) else unranked_reason(words, each, told.assessed.assessment.scheme)
        yield [None, words("carrier.score"), None, names[code], code, *ends, None, None, figures.score if figures else
               None, 1000, why, *tail(SCORE, code)]  # fmt: skip
    for dimension in Dimension:
        title = words(f"dimension.{dimension}")
        for each in standings:
            code, ranked = each.score.carrier, isinstance(each, Ranked)
            interval = each.score.dimension_interval(dimension) if ranked else None
            share = each.score.dimension_share(dimension) if ranked else None
            yield [title, None, None, names[code], code, share, *(interval or (None, None)), None, None, share, 1000,
                   None, *tail(dimension.value, code)]  # fmt: skip
    for number in range(len(standings[0].score.measures) if standings else 0):
        for each in standings:
            code, measure = each.score.carrier, each.score.measures[number]
            judged = number < len(each.score.reasons)
            reason = each.score.reasons[number] if judged else None
            yield [words(f"dimension.{reason.rule.dimension if reason else 'told'}"),
                   indicator_title(words, measure.indicator), words(f"unit.{measure.indicator.unit}"), names[code],
                   code, *measure_cells(measure), measure.numerator, measure.denominator,
                   reason.points if reason and isinstance(each, Ranked) else None, reason.rule.points if reason else 0,
                   words(f"unknown.{measure.reason}") if measure.reason else None,
                   *tail(measure.indicator.name.value, code)]  # fmt: skip
