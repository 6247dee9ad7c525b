"""Parquet (归档文件): tables of the archive as files, written and read by DuckDB; their times are microseconds in UTC.

A table lies in files of at most PART rows, in the order of its first-named key, so that neither side ever holds more.
DuckDB takes rows fast only from a file: each part goes through a CSV beside it.
"""

import csv
from binascii import b2a_hex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import duckdb

Kind = Literal["UUID", "VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMPTZ", "BLOB"]
Row = tuple[Any, ...]

PART = 100_000  # rows in one file
AT_ONCE = 5_000  # rows read from a file at a time
LONGEST = 64 * 1024 * 1024  # a receipt answers up to 1,000 messages
NULL = "\\N"
_OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_IN_CSV: dict[Kind, Kind] = {"TIMESTAMPTZ": "BIGINT", "BLOB": "VARCHAR"}
_FROM_CSV = {"TIMESTAMPTZ": "make_timestamptz({0}) AS {0}", "BLOB": "unhex({0}) AS {0}"}
_TO_PYTHON = {"TIMESTAMPTZ": "epoch_us({0})"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the archive: its name, and its columns with their kinds, in order."""

    name: str
    columns: dict[str, Kind]


EVENTS = Table(
    "events",
    {
        "position": "BIGINT",
        "event_id": "UUID",
        "waybill_no": "VARCHAR",
        "step": "VARCHAR",
        "event_time": "TIMESTAMPTZ",
        "carrier": "VARCHAR",
        "station": "VARCHAR",
        "device": "VARCHAR",
        "device_no": "BIGINT",
        "seq": "BIGINT",
        "batch_no": "BIGINT",
        "batch_index": "BIGINT",
        "record_time": "TIMESTAMPTZ",
        "findings": "VARCHAR",
        "body": "BLOB",
    },
)
BATCHES = Table(
    "batches",
    {
        "batch_no": "BIGINT",
        "batch_id": "UUID",
        "device_no": "BIGINT",
        "payload_sha256": "VARCHAR",
        "receipt_no": "BIGINT",
        "head": "VARCHAR",
    },
)
RECEIPTS = Table("receipts", {"receipt_no": "BIGINT", "record_time": "TIMESTAMPTZ", "jws": "VARCHAR"})
DEVICE_KEYS = Table(
    "device_keys",
    {
        "kid": "VARCHAR",
        "device_no": "BIGINT",
        "public_key": "BLOB",
        "enrolled_at": "TIMESTAMPTZ",
        "revoked_at": "TIMESTAMPTZ",
    },
)


def connect(spill: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that fetches nothing from the network; above 512 MB it goes on below the folder `spill`."""
    limits = {"threads": "1", "memory_limit": "512MB", "temp_directory": str(spill / ".duckdb")}
    return duckdb.connect(":memory:", config={**limits, **_OFFLINE})


def write_table(folder: Path, table: Table, rows: Iterable[Row]) -> int:
    """Write all rows as files of a folder; how many."""
    written, remaining = 0, iter(rows)
    with connect(folder.parent) as database:
        while part := list(islice(remaining, PART)):
            number = written // PART + 1
            _write_part(database, folder / f"{table.name}-{number:05}.parquet", table, part)
            written += len(part)
    return written


def read_table(paths: Iterable[Path], table: Table) -> Iterator[Row]:
    """The rows of a table's files, file after file, as they were written. Raises duckdb.Error."""
    asked = ",".join(_TO_PYTHON.get(kind, "{0}").format(name) for name, kind in table.columns.items())
    for path in paths:
        with connect(path.parent.parent) as database:
            found = database.execute(f"SELECT {asked} FROM read_parquet(?)", [str(path)])  # noqa: S608 our own columns
            while rows := found.fetchmany(AT_ONCE):
                yield from rows


def _write_part(database: duckdb.DuckDBPyConnection, path: Path, table: Table, rows: list[Row]) -> None:
    draft = path.with_suffix(".csv")
    binary = [number for number, kind in enumerate(table.columns.values()) if kind == "BLOB"]
    with draft.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(_spell(row, binary) for row in rows)
    asked = ",".join(_FROM_CSV.get(kind, "{0}").format(name) for name, kind in table.columns.items())
    kinds = ",".join(f"'{name}':'{_IN_CSV.get(kind, kind)}'" for name, kind in table.columns.items())
    database.execute(
        f"COPY (SELECT {asked} FROM read_csv({_quoted(draft)}, auto_detect=false, header=false, delim=',',"  # noqa: S608
        f" quote='\"', escape='\"', nullstr='{NULL}', allow_quoted_nulls=true, max_line_size={LONGEST},"
        f" columns={{{kinds}}})) TO {_quoted(path)} (FORMAT parquet, COMPRESSION zstd)"
    )
    draft.unlink()


def _spell(row: Row, binary: list[int]) -> list[Any]:
    spelled = [NULL if value is None else value for value in row]
    for number in binary:
        spelled[number] = b2a_hex(row[number]).decode()
    return spelled


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
