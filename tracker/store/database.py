"""The database (数据库): one engine, and the only place that commits."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlmodel import Session

BUSY_TIMEOUT_MS = 30_000
LOOK_AGAIN = 0.02  # seconds
READ_ONLY = "25006"  # PostgreSQL's read_only_sql_transaction: a standby, or a database set so by its owner
POSTGRES_PATIENCE: dict[str, Any] = {  # a host that vanished is known in seconds, not after TCP's quarter of an hour
    "connect_timeout": 10,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def build_engine(url: str, *, name: str | None = None) -> Engine:
    """An engine for `sqlite:///…` or `postgresql+psycopg://…` (`postgresql://` is read as the latter).

    Raises ArgumentError for anything else. Errors never show a statement's parameters. SQLite: WAL, synchronous=FULL,
    busy_timeout 30 s, and every transaction that may write begins IMMEDIATE. PostgreSQL: `name` its sessions have; a
    commit is on its disk when it returns, whatever a role's or database's default says.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() not in ("sqlite", "postgresql", "postgres"):
        raise ArgumentError("neither sqlite nor postgresql")
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        engine = sa.create_engine(parsed, hide_parameters=True, connect_args={"check_same_thread": False})
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    told = POSTGRES_PATIENCE | ({"application_name": name} if name else {})
    engine = sa.create_engine(parsed, hide_parameters=True, pool_pre_ping=True, connect_args=told)
    sa.event.listen(engine, "connect", _set_up_postgres)
    return engine


def _set_up_postgres(connection: "psycopg.Connection[tuple[str]]", _record: object) -> None:
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')"  # what is stronger stays
    )
    connection.commit()


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN, see _begin_sqlite
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")  # first: the others wait for locks too
    _switch_to_wal(connection)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=8000",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait by itself for who writes to a new file meanwhile: two that start at once."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(LOOK_AGAIN)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    patience = options.get("patience")
    wait = BUSY_TIMEOUT_MS if patience is None else int(patience * 1000)
    connection.exec_driver_sql(f"PRAGMA busy_timeout={wait}")
    connection.exec_driver_sql("BEGIN" if options.get("reads_only", False) else "BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine, *, patience: float | None = None) -> Iterator[Session]:
    """One unit of work: committed when the block ends, rolled back when it raises.

    `patience` is how many seconds to wait for another's lock before OperationalError; without it SQLite waits 30 s,
    PostgreSQL as long as it takes.
    """
    chosen = engine if patience is None else engine.execution_options(patience=patience)
    with Session(chosen, expire_on_commit=False) as session, session.begin():
        if patience is not None and engine.dialect.name == "postgresql":
            session.connection().exec_driver_sql(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
        yield session


def is_passing(error: DBAPIError) -> bool:
    """Whether the database is at fault and not what was to be recorded: away, full, locked, or read-only."""
    if isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated:
        return True
    return getattr(error.orig, "sqlstate", None) == READ_ONLY


def insert_into(session: Session, table: Any) -> Any:
    """An INSERT that can say what to do ON CONFLICT: the same in both dialects, but two classes to SQLAlchemy."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    return (postgresql.insert if on_postgres else sqlite.insert)(table)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A consistent view to read from; takes no write lock and commits nothing."""
    options: dict[str, Any] = {"reads_only": True}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.execution_options(**options).connect() as connection, Session(connection) as session:
        yield session
