"""Records of a CSV file (CSV 记录): one after another in bounded memory, each with the line it starts on.

A record that cannot be taken apart is named and costs its own first line only: the lines after it are read again.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

MAX_RECORD_CHARS = 64 * 1024  # an event has at most 16 KiB; the rest is room for columns that are not ours

_UNDECODED = re.compile("[\ud800-\udfff\ufffd]")  # what the decoders leave where bytes did not fit the encoding


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line with its line end; `text` is cut where the line is too long."""

    number: int
    text: str
    too_long: bool = False

    @property
    def is_undecoded(self) -> bool:
        """Whether some of its bytes did not fit the encoding."""
        return not self.text.isascii() and _UNDECODED.search(self.text) is not None

    @property
    def is_cut_off(self) -> bool:
        """Whether it is the file's last line and ends inside a UTF-8 character."""
        if self.text.endswith("\n") or not self.is_undecoded:
            return False
        try:
            self.text.encode("utf-8", "surrogateescape").decode("utf-8")
        except UnicodeDecodeError as error:
            return error.reason == "unexpected end of data"
        except UnicodeEncodeError:
            return False
        return False


@dataclass(frozen=True, slots=True)
class Record:
    """A record's cells, and the line it starts on."""

    line: int
    cells: list[str]
    is_undecoded: bool = False
    is_cut_off: bool = False


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A line that begins no record; `code` is row_too_long, row_torn or row_malformed."""

    line: int
    code: str
    reason: str


def lines_of(file: TextIO) -> Iterator[Line]:
    """The lines of a file that was opened with newline="\\n", without a BOM; a line's excess is read and let go."""
    number = 0
    while text := file.readline(MAX_RECORD_CHARS + 1):
        number += 1
        too_long = len(text) > MAX_RECORD_CHARS and not text.endswith("\n")
        if too_long:
            _skip_line(file)
        yield Line(number, text.removeprefix("\ufeff") if number == 1 else text, too_long)


def records_of(lines: Iterator[Line]) -> Iterator[Record | BrokenRecord]:
    """The records of RFC 4180 with quotes around cells where needed; empty lines are records without cells."""
    feed = _Feed(lines)
    while True:
        feed.begin()
        try:
            cells = next(csv.reader(feed, strict=True, skipinitialspace=True))
        except StopIteration:
            return
        except _TooLong:
            yield feed.give_up("row_too_long", f"more than {MAX_RECORD_CHARS} characters, or a quote never closed")
        except csv.Error:
            if feed.at_end:
                yield feed.give_up("row_torn", "the file ends inside a quoted cell")
            else:
                yield feed.give_up("row_malformed", "quotes or line ends that are not CSV")
        else:
            undecoded, cut_off = feed.marks()
            yield Record(feed.taken[0].number, cells, undecoded, cut_off)


class _TooLong(Exception):
    """The record under way is above the limit."""


@dataclass(slots=True)
class _Feed:
    """Lines for a csv reader, kept until the record they make is whole."""

    lines: Iterator[Line]
    again: deque[Line] = field(default_factory=deque)
    taken: list[Line] = field(default_factory=list)
    size: int = 0
    at_end: bool = False

    def begin(self) -> None:
        self.taken, self.size = [], 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.lines, None)
        if line is None:
            self.at_end = True
            raise StopIteration
        self.taken.append(line)
        self.size += len(line.text)
        if line.too_long or self.size > MAX_RECORD_CHARS + 1:
            raise _TooLong
        return line.text

    def give_up(self, code: str, reason: str) -> BrokenRecord:
        """Name the record's first line; the others will be read again."""
        self.again.extendleft(reversed(self.taken[1:]))
        self.at_end = False
        return BrokenRecord(self.taken[0].number, code, reason)

    def marks(self) -> tuple[bool, bool]:
        """Whether the record has bytes that did not fit, and whether it ends inside a character."""
        return any(line.is_undecoded for line in self.taken), self.taken[-1].is_cut_off


def _skip_line(file: TextIO) -> None:
    while (rest := file.readline(MAX_RECORD_CHARS)) and not rest.endswith("\n"):
        pass
