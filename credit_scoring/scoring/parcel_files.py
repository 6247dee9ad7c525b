"""Parcel files (考核依据明细): the parcels behind a run as Parquet, and DuckDB as the engine that counts them.

The files come from the store, or from the archive of events, whose parcels are folded anew. They hold what the
indicators look at, and no operator: who carried a parcel is nothing that a score asks for.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Session

from credit_scoring.evidence.scope import Scope
from credit_scoring.scoring.conditions import in_scope, never_scanned
from credit_scoring.scoring.counting import Ask
from tracker.archive.parquet import EVENTS, Kind, Row, Table, connect, write_table
from tracker.chain.fold import fold
from tracker.chain.scan import Scan, build_scan
from tracker.store.bulk import table_of
from tracker.store.copy_facts import Progress
from tracker.store.tables.parcel import ParcelRow
from tracker.store.types import UtcTime, from_microseconds, to_microseconds
from tracker.wire.event import decode_event
from tracker.wire.topics import Post

_PARCEL = table_of(ParcelRow)
_LEFT_OUT = {"life", "first_operator", "last_operator", "last_position"}
_AT_ONCE = 2_000
_DIALECT: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy types it not
_TRUTH = {True: "true", False: "false"}


def _kind_of(column: sa.Column[Any]) -> Kind:
    if isinstance(column.type, UtcTime):
        return "TIMESTAMPTZ"
    if isinstance(column.type, sa.Boolean):
        return "BOOLEAN"
    return "BIGINT" if isinstance(column.type, sa.Integer) else "VARCHAR"


PARCELS = Table("parcels", {each.name: _kind_of(each) for each in _PARCEL.columns if each.name not in _LEFT_OUT})
_FACTS = attrgetter(*PARCELS.columns)


def write_from_store(session: Session, scope: Scope, folder: Path, *, progress: Progress) -> int:
    """Write the parcels that a run of this scope looks at; how many. The folder is made and must be new.

    Raises FileExistsError, OSError.
    """
    folder.mkdir(parents=True)
    asked = [_PARCEL.c[name] for name in PARCELS.columns]
    looked_at = sa.or_(sa.and_(*in_scope(scope)), sa.and_(*never_scanned(scope)))
    statement = sa.select(*asked).where(looked_at).order_by(_PARCEL.c.waybill_no)
    with session.connection().execute(statement.execution_options(yield_per=_AT_ONCE)) as found:
        return write_table(folder, PARCELS, _told(map(_spelled, found), progress))


def write_from_archive(months: Sequence[Path], folder: Path, *, progress: Progress) -> int:
    """Fold the parcels of archived months (all months in which they live) and write them; how many.

    The archive must be checked before (see tracker.archive.checking). Raises FileExistsError, OSError, duckdb.Error.
    """
    folder.mkdir(parents=True)
    parcels = (fold(scans)[0] for _, scans in groupby(_scans(months, folder), key=attrgetter("waybill_no")))
    return write_table(folder, PARCELS, _told((_spelled(_FACTS(parcel)) for parcel in parcels), progress))


@contextmanager
def asking_files(folder: Path) -> Iterator[Ask]:
    """DuckDB over parcel files as the engine that counts."""
    with connect(folder) as database:
        database.from_parquet(str(folder / "parcels-*.parquet")).create_view("parcel")

        def ask(statement: sa.Select[Any]) -> list[dict[str, Any]]:
            said = statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
            found = database.execute(str(said))
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        yield ask


def _scans(months: Sequence[Path], spill: Path) -> Iterator[Scan]:
    """The scans of parcels in archived months, parcel by parcel."""
    names = ("body", "carrier", "station", "device", "findings", "position")
    assert set(names) < set(EVENTS.columns)
    files = [str(month / "events-*.parquet") for month in months]
    with connect(spill) as database:
        found = database.execute(
            f"SELECT {','.join(names)}, epoch_us(record_time) FROM read_parquet(?)"  # noqa: S608 our own columns
            " WHERE waybill_no <> '' ORDER BY waybill_no",
            [files],
        )
        while rows := found.fetchmany(_AT_ONCE):
            yield from map(_scan, rows)


def _scan(row: Row) -> Scan:
    body, carrier, station, device, findings, position, at = row
    return build_scan(
        decode_event(body),
        Post(carrier, station, device),
        record_time=from_microseconds(at),
        findings=findings.split(),
        position=position,
    )


def _spelled(row: Iterable[Any]) -> Row:
    """A row as a parcel file is written from: times in microseconds, truth in words."""
    kinds = PARCELS.columns.values()
    return tuple(
        value if value is None else to_microseconds(value) if kind == "TIMESTAMPTZ" else
        _TRUTH[value] if kind == "BOOLEAN" else value
        for value, kind in zip(row, kinds, strict=True)
    )  # fmt: skip


def _told(rows: Iterable[Row], progress: Progress) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number % _AT_ONCE == 0:
            progress(number, None)
        yield row
