"""A copy of an SQLite store (SQLite 副本): SQLite's own backup, from one moment, while others write."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tracker.store.archived import parse_ranges
from tracker.store.copy_facts import CopyDamaged, CopyError, CopyFacts, Positions, Progress

PAGES = 2_000  # copied between two looks at the progress
BESIDE = ("-wal", "-shm")


def copy_sqlite(database: Path, target: Path, *, progress: Progress) -> None:
    """Write a copy of one moment to `target`, on disk when this returns. Raises CopyError.

    The open read transaction holds the moment: without it every commit of the tracker would begin the copy anew.
    """
    target.touch(mode=0o600, exist_ok=False)
    try:
        with closing(_open(database)) as source, closing(sqlite3.connect(target)) as copy:
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=PAGES, progress=lambda _, left, total: progress(total - left, total))
    except sqlite3.Error as error:
        raise CopyError(f"the copy could not be written: {error}; is there room on the disk?") from error
    sync_file(target)


def check_sqlite(copy: Path) -> CopyFacts:
    """Read a copy to its end. Raises CopyDamaged."""
    try:
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            (size,) = opened.execute(
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
            ).fetchone()
            if size != copy.stat().st_size:
                raise CopyDamaged(f"{copy.name} is damaged: {copy.stat().st_size} bytes instead of {size}")
            (verdict,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok":
                raise CopyDamaged(f"{copy.name} is damaged: {verdict}")
            store, epoch, head = opened.execute("SELECT store, epoch, position FROM log_head").fetchone()
            (revision,) = opened.execute("SELECT version_num FROM alembic_version").fetchone()
            positions = Positions()
            for (position,) in opened.execute("SELECT position FROM event"):
                positions.add(position)
            if opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'archived_month'").fetchone():  # since 0007
                for (ranges,) in opened.execute("SELECT positions FROM archived_month WHERE closed_at IS NOT NULL"):
                    positions.add_archived(parse_ranges(ranges))
    except (sqlite3.Error, TypeError) as error:
        raise CopyDamaged(f"{copy.name} is no whole store: {error}") from error
    positions.check(head)
    return CopyFacts(store, epoch, head, revision)


def restore_sqlite(copy: Path, database: Path) -> None:
    """Put a copy in the database's place, whole or not at all; nobody may have it open. Raises OSError.

    What the old one had not yet taken over from its log (-wal) goes with it: it belongs to other pages.
    """
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = database.with_name(f"{database.name}.restoring")
    with copy.open("rb") as source, os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to:
        shutil.copyfileobj(source, to, 1024 * 1024)
    sync_file(draft)
    for ending in BESIDE:
        database.with_name(database.name + ending).unlink(missing_ok=True)
    draft.replace(database)
    sync_file(database.parent)


def sync_file(path: Path) -> None:
    """A file, or a folder's entries, on disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30)
