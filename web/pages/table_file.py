"""A table as a file (导出文件): CSV for any program, a workbook for a spreadsheet; heads in the page's language."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import xlsxwriter
from fastapi import Response

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM = "\ufeff"  # spreadsheets read UTF-8 only with it
WIDEST = 44
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class FileTable:
    """A table by its name, with a head for every column; None is an empty cell."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def write_csv(table: FileTable) -> bytes:
    """One line a row, UTF-8 with BOM."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(table.heads)
    writer.writerows([write_harmless(_text(cell)) for cell in row] for row in table.rows)
    return (BOM + file.getvalue()).encode()


def write_workbook(tables: Sequence[FileTable], *, title: str, created: datetime) -> bytes:
    """One sheet a table; the same tables give the same bytes. Texts are written as texts, so that none is a formula."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"title": title, "created": created.astimezone(UTC)})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for table in tables:
        sheet = book.add_worksheet(table.name)
        sheet.freeze_panes(1, 0)
        for column, text in enumerate(table.heads):
            sheet.write_string(0, column, text, head)
        for line, cells in enumerate(table.rows, 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell)
                elif cell is not None:
                    sheet.write_number(line, column, float(cell))
        sheet.autofilter(0, 0, len(table.rows), len(table.heads) - 1)
        sheet.autofit(WIDEST * 7)
    book.close()
    return file.getvalue()


def answer_file(content: bytes, name: str, media_type: str) -> Response:
    """The file to be kept under a name; asked again each time."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(content, media_type=media_type, headers=headers)


def write_harmless(cell: str) -> str:
    """A name must not run as a formula in somebody's spreadsheet."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
