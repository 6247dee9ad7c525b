"""Eviction (驱逐): a holder whose lease ran out and that keeps the log locked all the same is cut off.

A process that hangs in the middle of a transaction keeps its locks. PostgreSQL ends its sessions for us, wherever it
runs. SQLite's locks are the kernel's and go with the process alone: it is killed where the kernel says that it, or a
child of its, has the lock. Anybody may hold that lock for a while, a backup or an operator's shell too.
"""

import sqlite3

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from tracker.store.database import transaction
from tracker.store.holder import kill
from tracker.store.sqlite_locks import is_writing

log = structlog.get_logger()

_END = sa.text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = :name AND datname = current_database() AND pid <> pg_backend_pid()"
)


def is_locked_out(error: DBAPIError) -> bool:
    """Whether this failed because another holds the lock, and for no other reason."""
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return isinstance(error.orig, psycopg.errors.LockNotAvailable)


def evict(engine: Engine, holder: str) -> None:
    """Cut this holder off from the database, where it is it that locks it; says so in the log. Raises DBAPIError."""
    if engine.dialect.name == "postgresql":
        with transaction(engine) as session:
            ended = session.connection().execute(_END, {"name": holder}).scalar_one()
        log.warning("holder_evicted", holder=holder, sessions=ended)
    elif is_writing(holder, engine.url.database or "") and kill(holder):
        log.warning("holder_evicted", holder=holder, killed=True)
