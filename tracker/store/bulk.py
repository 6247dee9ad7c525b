"""Many rows at once (批量读写): the one place where the two engines are told apart for speed.

SQLite takes one prepared statement for all rows, PostgreSQL takes them through COPY; a look-up asks SQLite in
chunks and PostgreSQL with one array. Nothing passes through SQLAlchemy's layers for each value: there are many.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from tracker.store.types import EventId, UtcTime

Converter = Callable[[Any], Any]
Rows = Sequence[tuple[Any, ...]]

ASKED_AT_ONCE = 500  # keys in one statement; SQLite prepares it anew when their number changes


def insert_rows(session: Session, table: type[SQLModel], rows: Rows) -> None:
    """Insert tuples in the order of the table's columns. Raises SQLAlchemy's errors; commits nothing."""
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        names = columns_of(table)
        marks = ",".join("?" * len(names))
        statement = f"INSERT INTO {table.__tablename__} ({','.join(names)}) VALUES ({marks})"  # noqa: S608 as below
        connection.exec_driver_sql(statement, _ready(table, connection.dialect, rows))
    else:
        _copy(connection, table, str(table.__tablename__), rows)


def update_rows(session: Session, table: type[SQLModel], rows: Rows) -> None:
    """Put tuples in the place of the rows with the same key, the first column. Commits nothing.

    Columns whose value stays cost their indexes nothing, unlike deleting and inserting.
    """
    if not rows:
        return
    connection = session.connection()
    name, (key, *others) = str(table.__tablename__), columns_of(table)
    if connection.dialect.name == "sqlite":
        changes = ",".join(f"{each}=?{number}" for number, each in enumerate(others, start=2))
        statement = f"UPDATE {name} SET {changes} WHERE {key}=?1"  # noqa: S608 names of our own tables
        connection.exec_driver_sql(statement, _ready(table, connection.dialect, rows))
        return
    draft = f"{name}_changed"
    connection.exec_driver_sql(f"CREATE TEMP TABLE IF NOT EXISTS {draft} (LIKE {name}) ON COMMIT DELETE ROWS")
    connection.exec_driver_sql(f"DELETE FROM {draft}")  # noqa: S608 names of our own tables
    _copy(connection, table, draft, rows)
    changes = ",".join(f"{each}={draft}.{each}" for each in others)
    connection.exec_driver_sql(
        f"UPDATE {name} SET {changes} FROM {draft} WHERE {name}.{key}={draft}.{key}"  # noqa: S608 as above
    )


def find_rows(
    session: Session, table: type[SQLModel], names: Sequence[str], key: str, values: Collection[Any]
) -> Iterator[sa.Row[Any]]:
    """The named columns of the rows whose `key` is one of `values`, as the engine keeps them, in no order."""
    connection = session.connection()
    asked = f"SELECT {','.join(names)} FROM {table.__tablename__} WHERE {key}"  # noqa: S608 names of our own tables
    if connection.dialect.name != "sqlite":
        if values:
            yield from connection.exec_driver_sql(f"{asked} = ANY(%s)", (list(values),)).all()
        return
    convert = dict(_converters(table, "sqlite", connection.dialect)).get(columns_of(table).index(key))
    ready = sorted(map(convert, values) if convert else values)  # in the order of the index
    for start in range(0, len(ready), ASKED_AT_ONCE):
        chunk = tuple(ready[start : start + ASKED_AT_ONCE])
        marks = ",".join("?" * len(chunk))
        yield from connection.exec_driver_sql(f"{asked} IN ({marks})", chunk).all()


def _copy(connection: sa.Connection, table: type[SQLModel], target: str, rows: Rows) -> None:
    """Through COPY into `target`, which has the table's columns."""
    driver = connection.connection.driver_connection
    assert driver is not None
    copying = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(target), sql.SQL(",").join(map(sql.Identifier, columns_of(table)))
    )
    try:
        with driver.cursor() as cursor, cursor.copy(copying) as copy:
            for row in _ready(table, connection.dialect, rows):
                copy.write_row(row)
    except psycopg.Error as error:  # SQLAlchemy does not see it: callers tell a store that is away by its errors
        raise DBAPIError.instance(
            f"COPY {target}", None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


@cache
def columns_of(table: type[SQLModel]) -> tuple[str, ...]:
    """The table's columns in order."""
    return tuple(column.name for column in table_of(table).columns)


def table_of(model: type[SQLModel]) -> sa.Table:
    """The SQLAlchemy table behind a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def _ready(table: type[SQLModel], dialect: sa.engine.Dialect, rows: Rows) -> list[tuple[Any, ...]]:
    """The rows as the engine keeps them, converted column by column."""
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for number, convert in _converters(table, dialect.name, dialect):
        columns[number] = [None if value is None else convert(value) for value in columns[number]]
    return list(zip(*columns, strict=True))


@cache
def _converters(table: type[SQLModel], _engine: str, dialect: sa.engine.Dialect) -> tuple[tuple[int, Converter], ...]:
    found = ((number, _converter(column.type, dialect)) for number, column in enumerate(table_of(table).columns))
    return tuple((number, converter) for number, converter in found if converter is not None)


def _converter(kind: sa.types.TypeEngine[Any], dialect: sa.engine.Dialect) -> Converter | None:
    """What the engine wants of a value; None where its driver takes it as it is."""
    if isinstance(kind, (UtcTime, EventId)):
        return kind.converter(dialect.name)
    if isinstance(kind, (sa.LargeBinary, sa.Boolean)):
        return None
    return kind.dialect_impl(dialect).bind_processor(dialect)
