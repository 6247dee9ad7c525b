"""A copy of the store (库副本), whichever engine it has: make it, read it to its end, put it back."""

from pathlib import Path

from sqlalchemy.engine import Engine

from tracker.store.copy_facts import CopyDamaged, CopyError, CopyFacts, Progress
from tracker.store.postgres_copy import check_postgres, copy_postgres, refuse_others, restore_postgres
from tracker.store.sqlite_copy import check_sqlite, copy_sqlite, restore_sqlite

NAMES = {"sqlite": "store.sqlite", "postgresql": "store.pgdump"}


def copy_store(engine: Engine, folder: Path, *, progress: Progress) -> Path:
    """Copy the store as it stands at one moment into a folder; others may go on writing. Raises CopyError."""
    copy = folder / NAMES[engine.dialect.name]
    if engine.dialect.name == "sqlite":
        copy_sqlite(_file_of(engine), copy, progress=progress)
    else:
        copy_postgres(engine.url, copy, progress=progress)
    return copy


def check_copy(copy: Path) -> CopyFacts:
    """Read a copy to its end: every event up to the log's head is there, once. Raises CopyDamaged, CopyError."""
    check = {NAMES["sqlite"]: check_sqlite, NAMES["postgresql"]: check_postgres}.get(copy.name)
    if check is None or not copy.is_file():
        raise CopyDamaged(f"{copy} is missing, or no copy of a store")
    return check(copy)


def require_alone(engine: Engine) -> None:
    """Raises CopyError where others are connected to this database; an SQLite file is guarded by its data dir."""
    if engine.dialect.name == "postgresql":
        refuse_others(engine)


def restore_store(copy: Path, engine: Engine) -> None:
    """Put a checked copy in the place of the store; nobody may be using it. Raises CopyError, OSError."""
    if copy.name != NAMES[engine.dialect.name]:
        raise CopyError(f"{copy.name} is a copy of another engine than {engine.dialect.name}: see JIXIN_DATABASE_URL")
    engine.dispose()
    if engine.dialect.name == "sqlite":
        restore_sqlite(copy, _file_of(engine))
    else:
        restore_postgres(copy, engine)


def _file_of(engine: Engine) -> Path:
    return Path(str(engine.url.database))
