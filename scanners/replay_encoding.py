"""The encoding of a replay file (文件编码): UTF-8, or the one that was named; another one is refused whole."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import BinaryIO

from scanners.csv_records import lines_of

UTF8 = ("utf-8", "utf-8-sig", "ascii")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ReplayFileError(ValueError):
    """The whole file is refused; `code` is `encoding` or `header`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@contextmanager
def open_seekable(path: Path) -> Iterator[BinaryIO]:
    """The file, or what came out of a pipe, so that it can be read twice."""
    with path.open("rb") as file:
        if file.seekable():
            yield file
            return
        with TemporaryFile() as spool:
            copyfileobj(file, spool)
            spool.seek(0)
            yield spool


def refuse_other_encodings(file: BinaryIO) -> None:
    """Raise ReplayFileError when more lines read as GB18030 than as UTF-8; a few bad bytes spoil only their rows."""
    if file.read(2) in _UTF16_MARKS:
        raise build_encoding_error("this is UTF-16, not UTF-8", hint="utf-16")
    file.seek(0)
    text = read_as(file, "utf-8")
    utf8 = legacy = 0
    for line in lines_of(text):
        if not line.text.isascii():
            legacy += not line.is_cut_off and _reads_as_gb18030(line.text)
            utf8 += not line.is_undecoded
    text.detach()
    file.seek(0)
    if legacy > utf8:
        raise build_encoding_error("this reads as GBK or GB18030, not as UTF-8", hint="gb18030")


def _reads_as_gb18030(text: str) -> bool:
    """Whether a line is not UTF-8 and would be GB18030 (which holds GBK and GB 2312)."""
    octets = text.encode("utf-8", "surrogateescape")
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        try:
            octets.decode("gb18030")
        except UnicodeDecodeError:
            return False
        return True
    return False


def find_codec(encoding: str) -> str:
    """The codec's own name. Raises ReplayFileError for one that does not exist."""
    try:
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise build_encoding_error("no such encoding") from error


def read_as(file: BinaryIO, codec: str) -> io.TextIOWrapper:
    """The file as text; bytes that do not fit become characters by which the records name those rows."""
    if codec in UTF8:
        return io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="\n")
    try:
        return io.TextIOWrapper(file, encoding=codec, errors="replace", newline="\n")
    except LookupError as error:  # bytes to bytes, such as hex
        raise build_encoding_error("not an encoding of text") from error


def build_encoding_error(reason: str, *, hint: str = "gb18030") -> ReplayFileError:
    return ReplayFileError("encoding", f"{reason}; name the encoding, for example --encoding {hint}")
