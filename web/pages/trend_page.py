"""The trend page, and the same as CSV and as a workbook (信用走势)."""

from collections.abc import Iterator

from fastapi import APIRouter, Response

from tracker.store.database import reading
from tracker.working_days import local_day_of
from web.context import Asking, Context
from web.pages.frame import show
from web.pages.table_file import CSV, XLSX, Cell, FileTable, answer_file, write_csv, write_workbook
from web.runs.run_paths import AskedTrend, TrendQuestion
from web.runs.trends import ToldTrend, trend_of
from web.views.names import carrier_name
from web.views.times import write_rfc3339
from web.views.trend_view import build_trend_view, why_unplaced
from web.words import Words

router = APIRouter(include_in_schema=False)
HEADS = ("csv.from", "csv.to", "csv.carrier", "csv.code", "csv.score", "csv.low", "csv.high", "csv.rank", "csv.best",
         "csv.worst", "csv.grade", "csv.parcels", "csv.reason", "csv.division", "csv.scheme", "trend.closing",
         "runs.disputed_head", "csv.as_of", "csv.position", "csv.run")  # fmt: skip


@router.get("/rankings/trend")
def show_trend(asking: Asking, asked: TrendQuestion) -> Response:
    """Up to six carriers through the saved runs of one rhythm and division."""
    view = build_trend_view(asking.words, _read(asking, asked))
    return show(asking.request, "trend.html", view, section="rankings")


@router.get("/rankings/trend.csv")
def show_trend_csv(asking: Asking, asked: TrendQuestion) -> Response:
    """The same, a line a carrier and run; a period without a run has a line without figures."""
    table = _table(asking.words, _read(asking, asked))
    return answer_file(write_csv(table), _name(asked, "csv"), CSV)


@router.get("/rankings/trend.xlsx")
def show_trend_sheet(asking: Asking, asked: TrendQuestion) -> Response:
    """The same as a workbook."""
    table = _table(asking.words, _read(asking, asked))
    book = write_workbook([table], title=table.name, created=asking.now)
    return answer_file(book, _name(asked, "xlsx"), XLSX)


def _read(asking: Context, asked: AskedTrend) -> ToldTrend:
    with reading(asking.engine) as session:
        return trend_of(session, asked, today=local_day_of(asking.now))


def _name(asked: AskedTrend, ending: str) -> str:
    return f"jixin-trend-{asked.rhythm}-{asked.area or 'all'}.{ending}"


def _table(words: Words, told: ToldTrend) -> FileTable:
    return FileTable(words("trend.title"), [words(head) for head in HEADS], list(_rows(words, told)))


def _rows(words: Words, told: ToldTrend) -> Iterator[list[Cell]]:
    """The oldest first."""
    for number, slot in enumerate(told.trend.slots):
        period = [slot.window.from_date.isoformat(), slot.window.to_date.isoformat()]
        for line in told.trend.lines:
            name = carrier_name(words, line.carrier, told.known.get(line.carrier)).text
            run, result = slot.run, line.results[number]
            if run is None:
                reason = words("trend.no_run_here")
                yield [*period, name, line.carrier, *[None] * 8, reason, told.asked.area, *[None] * 6]
                continue
            place = result.place if result else None
            figures: list[Cell] = [None] * 7
            if place is not None:
                figures = [place.score, *place.interval, place.rank, place.best, place.worst, place.grade]
            yield [*period, name, line.carrier, *figures, result.parcels if result else 0,
                   None if place else why_unplaced(words, result), told.asked.area, run.scheme,
                   words("trend.closing") if slot.is_closing else None, told.disputed_in(line, slot),
                   write_rfc3339(run.as_of), run.position, str(run.run_id)]  # fmt: skip
