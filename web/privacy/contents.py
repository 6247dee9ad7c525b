"""Contents (文件内容): a file's octets as they lie, and what a program that knows its format would read out of it.

The octets alone do not do: SQLite cuts a long row up over pages and keeps numbers in binary, Parquet and gzip compress.
The rows alone do not do either: they leave out what was overwritten or deleted and still lies there.
"""

import gzip
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import duckdb

from tracker.store.copy_facts import CopyError
from tracker.store.postgres_copy import rows_of_dump

CHUNK = 1024 * 1024
_COLUMN = {"BLOB": '"{}"', "VARCHAR": '"{}"'}  # what else a column holds is read as people write it
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)  # in what COPY writes
_MEANT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_HEX = re.compile(rb"(?:[0-9a-f]{2})*")
BETWEEN = b"\x00\xff\x00"  # two values of a table are no one text


class Unreadable(RuntimeError):
    """A file is of a known format and cannot be read as one; the message names it and what to do."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A run of octets to search, once; `inside` names the part of the file that they were read out of."""

    path: Path
    inside: str
    chunks: Iterator[bytes]


def streams_of(path: Path) -> Iterator[Stream]:
    """The file's own octets first, then each part of it that a format hides. Raises Unreadable, OSError."""
    yield Stream(path, "", _chunks(path))
    with _explaining(path):
        for inside, chunks in _parts_of(path):
            yield Stream(path, inside, _explained(path, chunks))


def _parts_of(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    with path.open("rb") as file:
        beginning = file.read(16)
    if beginning == b"SQLite format 3\x00":
        yield from _tables(path)
    elif beginning[:4] == b"PAR1":
        yield "rows", _parquet(path)
    elif beginning[:2] == b"\x1f\x8b":
        yield "unpacked", _unpacked(path)
    elif beginning[:4] == b"PK\x03\x04":
        yield from _members(path)
    elif beginning[:5] == b"PGDMP":
        yield "rows", _dump(path)


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    try:
        yield
    except CopyError as error:  # a dump that is cut off, or PostgreSQL's programs are not here: it says which
        raise Unreadable(f"文件读不了 · {path} cannot be read: {error}") from error
    except (sqlite3.Error, duckdb.Error, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Unreadable(f"文件读不了 · {path} cannot be read ({type(error).__name__}): look at it yourself") from error


def _explained(path: Path, chunks: Iterator[bytes]) -> Iterator[bytes]:
    with _explaining(path):
        yield from chunks


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _read(file)


def _read(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _tables(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each table's values, the log beside the file (-wal) taken into account; nothing is written."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as database:
        database.execute("PRAGMA trusted_schema=OFF")
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            rows = database.execute(f"SELECT * FROM {quoted}")  # noqa: S608 a name out of the file's own list
            yield name, values_of(rows)


def _parquet(path: Path) -> Iterator[bytes]:
    with duckdb.connect(":memory:", config={"threads": "1", "autoinstall_known_extensions": "false"}) as database:
        columns = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        asked = ",".join(_COLUMN.get(kind, '"{}"::VARCHAR').format(name) for name, kind, *_ in columns)
        rows = database.execute(f"SELECT {asked} FROM read_parquet(?)", [str(path)])  # noqa: S608 the file's own columns
        yield from values_of(iter(rows.fetchone, None))


def _unpacked(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        yield from _read(file)


def _members(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                yield name, _read(file)


def _dump(path: Path) -> Iterator[bytes]:
    """The values of a PostgreSQL dump, which packs them: text as it was written, and the octets of a bytea."""
    for _, row in rows_of_dump(path):
        for field in row.values():
            value = _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), field)
            if value.startswith(b"\\x") and _HEX.fullmatch(value, 2):
                yield bytes.fromhex(value[2:].decode())
            else:
                yield value
            yield BETWEEN


def values_of(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """Every value of rows as octets, apart from each other; numbers as people write them."""
    for row in rows:
        for value in row:
            if isinstance(value, bytes | memoryview):
                yield bytes(value)
            elif value is not None:
                yield str(value).encode(errors="replace")
            yield BETWEEN
