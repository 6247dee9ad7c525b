"""The Replay CSV (回放文件): one event a row, checked against the wire's closed models before anything is sent.

A row that cannot be read is named by line and code and stops nobody. A file in another encoding, or without the
required columns, is refused whole before its first row.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from scanners.csv_records import BrokenRecord, Record, lines_of, records_of
from scanners.replay_encoding import (
    UTF8,
    ReplayFileError,
    build_encoding_error,
    find_codec,
    open_seekable,
    read_as,
    refuse_other_encodings,
)
from scanners.replay_row import REQUIRED, RowUnreadable, UnreadableCode, parse_row
from tracker.wire.event import ScanEvent
from tracker.wire.topics import Post

__all__ = ["ReplayFileError", "ReplayRow", "UnreadableRow", "read_replay"]


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """A row that became a scan (`seq` 0: the gateway's outbox counts); `post.device` is `replay`."""

    line: int
    post: Post
    scan: ScanEvent


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that became nothing. `code` is stable (UnreadableCode, or a RejectionCode of the wire)."""

    line: int
    code: str
    reason: str


def read_replay(path: Path, *, encoding: str = "utf-8") -> Generator[ReplayRow | UnreadableRow, None, None]:
    """The rows of a Replay CSV in order, in bounded memory; empty rows are left out.

    `line` is the physical line on which a row starts; the header is line 1. Raises ReplayFileError at the first
    `next`, OSError where the file cannot be opened.
    """
    codec = find_codec(encoding)
    with open_seekable(path) as file:
        if codec in UTF8:
            refuse_other_encodings(file)
        text = read_as(file, codec)
        try:
            yield from _read_rows(records_of(lines_of(text)))
        except UnicodeError as error:
            raise build_encoding_error(f"not {encoding}") from error
        finally:
            text.detach()


def _read_rows(records: Iterator[Record | BrokenRecord]) -> Iterator[ReplayRow | UnreadableRow]:
    header = _read_header(records)
    for record in records:
        if isinstance(record, BrokenRecord):
            yield UnreadableRow(record.line, record.code, record.reason)
        elif any(cell.strip() for cell in record.cells):
            yield _read_row(record, header)


def _read_row(record: Record, header: list[str]) -> ReplayRow | UnreadableRow:
    try:
        post, scan = parse_row(_name_cells(record, header))
    except RowUnreadable as error:
        return UnreadableRow(record.line, error.code, error.reason)
    return ReplayRow(record.line, post, scan)


def _name_cells(record: Record, header: list[str]) -> dict[str, str]:
    """A row's cells under the names of their columns, without the blanks around them."""
    cells = [cell.strip() for cell in record.cells]
    if record.is_cut_off or len(cells) < len(header):
        raise RowUnreadable(UnreadableCode.ROW_TORN, f"{len(cells)} of {len(header)} columns, or cut off in the last")
    if record.is_undecoded:
        raise RowUnreadable(UnreadableCode.ENCODING_INVALID, "bytes that are not in the file's encoding")
    if any(cells[len(header) :]):
        raise RowUnreadable(UnreadableCode.ROW_TOO_WIDE, f"{len(cells)} columns, the header has {len(header)}")
    return dict(zip(header, cells, strict=False))


def _read_header(records: Iterator[Record | BrokenRecord]) -> list[str]:
    """The columns' names in lower case. Raises ReplayFileError."""
    for record in records:
        if isinstance(record, BrokenRecord):
            raise ReplayFileError("header", f"line {record.line} is not a header: {record.reason}")
        if record.is_undecoded:
            raise build_encoding_error("the header has bytes of another encoding")
        if any("\x00" in cell for cell in record.cells):
            raise build_encoding_error("the header has NUL bytes", hint="utf-16")
        header = [cell.strip().lower() for cell in record.cells]
        if any(header):
            return _check_header(header)
    raise ReplayFileError("header", "the file is empty")


def _check_header(header: list[str]) -> list[str]:
    if missing := [name for name in REQUIRED if name not in header]:
        raise ReplayFileError("header", f"required columns are missing: {', '.join(missing)}")
    if len({name for name in header if name}) < sum(map(bool, header)):
        raise ReplayFileError("header", "a column stands twice")
    return header
