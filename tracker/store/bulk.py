"""Writing many rows at once (批量写入): the one place where the two engines are told apart for speed.

SQLite takes one prepared statement for all rows, PostgreSQL takes them through COPY.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from tracker.store.types import EventId, UtcTime

Converter = Callable[[Any], Any] | None


def insert_rows(session: Session, table: type[SQLModel], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert tuples in the order of the table's columns. Raises SQLAlchemy's errors; commits nothing."""
    _write_rows(session, table, rows, verb="INSERT")


def replace_rows(
    session: Session, table: type[SQLModel], rows: Sequence[tuple[Any, ...]], *, known: Collection[str]
) -> None:
    """Insert tuples, or put them in the place of rows with the same key; `known` are the keys that have a row.

    The table's key is its first column. Raises SQLAlchemy's errors; commits nothing.
    """
    if known and session.connection().dialect.name != "sqlite":
        key = table_of(table).columns[0]
        session.connection().execute(sa.delete(table_of(table)).where(key.in_(sorted(known))))
    _write_rows(session, table, rows, verb="INSERT OR REPLACE" if known else "INSERT")


def _write_rows(session: Session, table: type[SQLModel], rows: Sequence[tuple[Any, ...]], *, verb: str) -> None:
    """By one prepared statement that begins with `verb` on SQLite, through COPY on PostgreSQL."""
    if not rows:
        return
    connection = session.connection()
    converters = _converters(table, connection.dialect.name, connection.dialect)
    ready = [_convert(row, converters) for row in rows]
    names = columns_of(table)
    if connection.dialect.name == "sqlite":
        marks = ",".join("?" * len(names))
        statement = f"{verb} INTO {table.__tablename__} ({','.join(names)}) VALUES ({marks})"
        connection.exec_driver_sql(statement, ready)
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    copying = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(str(table.__tablename__)), sql.SQL(",").join(map(sql.Identifier, names))
    )
    try:
        with driver.cursor() as cursor, cursor.copy(copying) as copy:
            for row in ready:
                copy.write_row(row)
    except psycopg.Error as error:  # SQLAlchemy does not see it: callers tell a store that is away by its errors
        raise DBAPIError.instance(
            f"COPY {table.__tablename__}", None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


@cache
def columns_of(table: type[SQLModel]) -> tuple[str, ...]:
    """The table's columns in order."""
    return tuple(column.name for column in table_of(table).columns)


def table_of(model: type[SQLModel]) -> sa.Table:
    """The SQLAlchemy table behind a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


@cache
def _converters(table: type[SQLModel], _engine: str, dialect: sa.engine.Dialect) -> tuple[tuple[int, Converter], ...]:
    found = ((number, _converter(column.type, dialect)) for number, column in enumerate(table_of(table).columns))
    return tuple((number, converter) for number, converter in found if converter is not None)


def _converter(kind: sa.types.TypeEngine[Any], dialect: sa.engine.Dialect) -> Converter:
    """What the engine wants of a value; our own types without SQLAlchemy's layers, for there are many values."""
    if isinstance(kind, (UtcTime, EventId)):
        return kind.converter(dialect.name)
    if isinstance(kind, sa.LargeBinary):
        return None  # both drivers take bytes as they are
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _convert(row: tuple[Any, ...], converters: Iterable[tuple[int, Converter]]) -> tuple[Any, ...]:
    values = list(row)
    for number, converter in converters:
        if values[number] is not None and converter is not None:
            values[number] = converter(values[number])
    return tuple(values)
