"""A station's own file (站点数据文件): a small SQLite database that one process owns, durable at each commit."""

import sqlite3
from pathlib import Path


def open_own_file(path: Path, schema: str, *, patience: float = 5.0) -> sqlite3.Connection:
    """Open it, or make it with `schema`; `patience` in seconds for somebody who reads it meanwhile.

    Transactions are the caller's. Raises OSError, sqlite3.Error.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(schema)
    except sqlite3.Error:
        database.close()
        raise
    return database
