"""The election (选主): of many schedulers on one database, one holds the lock and works.

PostgreSQL: a session's advisory lock, gone when the session is. SQLite: a lock on a file, gone when the process is.
The lock saves work; that a period has one result is up to its claim (see credit_scoring.scoring.claims).
"""

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

LOCK_KEY = 0x6A69_7869_6E01  # "jixin", 1: any number that no other program on this database uses


class Candidate(Protocol):
    """One that may be elected."""

    def stand(self) -> bool:
        """Try to become, or to stay, the owner; whether it is one now. Never waits."""

    def resign(self) -> None:
        """Give the lock back, if it is held."""


def build_candidate(engine: Engine, *, lock_path: Path) -> Candidate:
    """A candidate for this database; `lock_path` is used with SQLite only."""
    return DatabaseLock(engine) if engine.dialect.name == "postgresql" else FileLock(lock_path)


class FileLock:
    """An exclusive `flock` on a file beside the database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def stand(self) -> bool:
        if self._file is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def resign(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class DatabaseLock:
    """`pg_try_advisory_lock`, held by a connection of its own that is in no transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def stand(self) -> bool:
        if self._connection is not None and self._lives(self._connection):
            return True
        self.resign()
        try:
            self._connection = self._try_lock()
        except sa.exc.DBAPIError:  # the database is away; the next try may find it
            return False
        return self._connection is not None

    def resign(self) -> None:
        """Ends the session instead of handing it back to the pool, where it would keep the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sa.exc.DBAPIError):
                connection.invalidate()
            connection.close()

    def _try_lock(self) -> Connection | None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(LOCK_KEY))):
            return connection
        connection.close()
        return None

    def _lives(self, connection: Connection) -> bool:
        try:
            return connection.scalar(sa.select(1)) == 1
        except sa.exc.DBAPIError:
            return False
