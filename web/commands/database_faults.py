"""Why a database does not open (数据库打不开): the advice that fits, and never a password."""

import os
from pathlib import Path

import sqlalchemy as sa

_SEE = "see JIXIN_DATABASE_URL"
_POSTGRESQL = (  # what libpq says → what to do
    (("authentication failed", "no password supplied", "role "), f"{_SEE}: user and password must be the database's"),
    (("does not exist",), f"make that database with `createdb`, or {_SEE}"),
    (("too many clients", "remaining connection slots"), "raise max_connections there, or stop what holds them"),
    (("starting up", "shutting down", "recovery mode"), "wait until it has started, then run this again"),
    (
        ("refused", "timeout", "timed out", "translate host", "unreachable", "resolve", "No such file"),
        f"is PostgreSQL running there, and is the address right? {_SEE}",
    ),
)


def explain_database(url: str, why: str) -> str:
    """One line for people: which database, why it does not open, and what to do. `why` is the driver's own word."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        return f"打不开数据库 cannot open the database {path}: {why}; {_advise_sqlite(path, why)}"
    place = f"{parsed.host or 'localhost'}/{parsed.database or ''}"
    advice = next((advice for words, advice in _POSTGRESQL if any(word in why for word in words)), _SEE)
    return f"打不开数据库 cannot open the database {place}: {why}; {advice}"


def _advise_sqlite(path: Path, why: str) -> str:
    if "disk is full" in why:
        return "free some room and run this again"
    if "locked" in why:
        return "another process writes for long: see what runs, then run this again"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}: run `jixin migrate` if it is the data dir, else make it, or {_SEE}"
    if path.is_dir():
        return f"it is a folder: {_SEE}"
    if not os.access(path.parent, os.W_OK | os.X_OK) or "readonly" in why or "read-only" in why:
        return f"this user may not write it: see owner and mode of {path.parent}, or run as the user that owns it"
    return f"see owner and mode of the file, and {_SEE.removeprefix('see ')}"
