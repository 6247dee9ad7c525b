"""The map page, and the same as CSV and as a workbook (分省情况)."""

from collections.abc import Iterator

from fastapi import APIRouter, Response

from tracker.store.database import reading
from tracker.wire.divisions import division_of
from web.context import Asking, Context
from web.pages.frame import show
from web.pages.table_file import CSV, XLSX, Cell, FileTable, answer_file, write_csv, write_workbook
from web.runs.map_paths import AskedMap, MapQuestion
from web.runs.maps import ToldMap, map_of
from web.views.map_figures import figure_title, interval_of, value_of
from web.views.map_view import build_map_view, in_map_order
from web.views.names import carrier_name
from web.views.times import write_rfc3339
from web.words import Words

router = APIRouter(include_in_schema=False)
HEADS = ("map.column.province", "csv.division", "csv.parcels", "map.figure", "sheet.value", "sheet.low", "sheet.high",
         "sheet.numerator", "sheet.denominator", "csv.carrier", "csv.code", "csv.rank", "csv.grade", "map.why",
         "runs.disputed_head", "csv.from", "csv.to", "csv.scheme", "csv.as_of", "csv.position", "csv.run")  # fmt: skip


@router.get("/rankings/map")
def show_map(asking: Asking, asked: MapQuestion) -> Response:
    """A figure by province, on tiles and as a table, from the saved runs of the provinces for one period."""
    return show(asking.request, "map.html", build_map_view(asking.words, _read(asking, asked)), section="rankings")


@router.get("/rankings/map.csv")
def show_map_csv(asking: Asking, asked: MapQuestion) -> Response:
    """The table as CSV: 34 lines, those without a figure with the reason."""
    table = _table(asking.words, _read(asking, asked))
    return answer_file(write_csv(table), f"jixin-provinces-{asked.figure}.csv", CSV)


@router.get("/rankings/map.xlsx")
def show_map_sheet(asking: Asking, asked: MapQuestion) -> Response:
    """The same as a workbook."""
    table = _table(asking.words, _read(asking, asked))
    book = write_workbook([table], title=table.name, created=asking.now)
    return answer_file(book, f"jixin-provinces-{asked.figure}.xlsx", XLSX)


def _read(asking: Context, asked: AskedMap) -> ToldMap:
    with reading(asking.engine) as session:
        return map_of(session, asked)


def _table(words: Words, told: ToldMap) -> FileTable:
    return FileTable(words("map.title"), [words(head) for head in HEADS], list(_rows(words, told)))


def _rows(words: Words, told: ToldMap) -> Iterator[list[Cell]]:
    """Values and intervals of rates as shares of 1, of scores in points, of the volume in parcels."""
    title = figure_title(words, told.asked)
    for each in in_map_order(told):
        province, run, place, measure = division_of(each.code), each.run, each.place, each.measure
        code = each.carrier or told.carrier
        name = carrier_name(words, code, told.known.get(code)).text if code else words("map.everybody")
        counts = [measure.numerator, measure.denominator] if measure else [None, each.sample]
        told_of_run: list[Cell] = [None] * 4
        if run is not None:
            told_of_run = [run.scheme, write_rfc3339(run.as_of), run.position, str(run.run_id)]
        window = told.window
        yield [province.name if province else each.code, each.code, each.parcels, title, value_of(each),
               *(interval_of(each) or (None, None)), *counts, name, code, place.rank if place else None,
               place.grade if place else None, words(f"map.missing.{each.missing}") if each.missing else None,
               told.disputed_in(each) if run else None, window.from_date.isoformat() if window else None,
               window.to_date.isoformat() if window else None, *told_of_run]  # fmt: skip
