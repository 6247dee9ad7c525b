"""A copy of a PostgreSQL store (PostgreSQL 副本): pg_dump's custom format, one snapshot, read back row by row.

The password goes to PostgreSQL's programs in their environment, never on a command line, where everybody sees it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic.util import CommandError
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.store.archived import parse_ranges
from tracker.store.copy_facts import CopyDamaged, CopyError, CopyFacts, Positions, Progress
from tracker.store.migrate import current_revision, downgrade

CHUNK = 1024 * 1024
NULL = b"\\N"  # in a dump as text
_COPY = re.compile(rb'COPY (?:"?\w+"?\.)?"?(\w+)"? \((.*)\) FROM stdin;\n')
_EVENTS = re.compile(rb"event(_\d{4}_\d{2})?")


def copy_postgres(url: URL, target: Path, *, progress: Progress) -> None:
    """Write a dump of one snapshot to `target`. Raises CopyError."""
    arguments, environment = _address(url)
    command = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--dbname={arguments}"]
    with (
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        _running(command, environment) as dump,
    ):
        assert dump.stdout is not None
        written = 0
        while chunk := dump.stdout.read(CHUNK):
            written += file.write(chunk)
            progress(written, None)
        file.flush()
        os.fsync(file.fileno())


def check_postgres(copy: Path) -> CopyFacts:
    """Read a dump to its end. Raises CopyDamaged."""
    head: tuple[str, int, int] | None = None
    revision, positions, archived = "", Positions(), list[str]()
    try:
        with closing(rows_of_dump(copy)) as rows:
            for table, row in rows:
                if _EVENTS.fullmatch(table):
                    positions.add(int(row[b"position"]))
                elif table == b"archived_month" and row[b"closed_at"] != NULL:
                    archived.append(row[b"positions"].decode())
                elif table == b"log_head":
                    head = (row[b"store"].decode(), int(row[b"epoch"]), int(row[b"position"]))
                elif table == b"alembic_version":
                    revision = row[b"version_num"].decode()
    except _ProgramMissing:
        raise
    except (CopyError, KeyError, ValueError) as error:
        raise CopyDamaged(f"{copy.name} is no whole store: {error}") from error
    if head is None or not revision:
        raise CopyDamaged(f"{copy.name} is no whole store: it has no log head or no schema revision")
    for ranges in archived:
        positions.add_archived(parse_ranges(ranges))
    positions.check(head[2])
    return CopyFacts(*head, revision)


def rows_of_dump(copy: Path) -> Generator[tuple[bytes, dict[bytes, bytes]], None, None]:
    """Every row of a dump: its table, and its fields by column as COPY writes them. Raises CopyError."""
    with _running([_program("pg_restore"), "--data-only", "--file=-", str(copy)], {}) as reading:
        assert reading.stdout is not None
        yield from _rows(reading.stdout)


def refuse_others(engine: Engine) -> None:
    """Raises CopyError where anybody else is connected to this database."""
    with engine.connect() as connection:
        others = connection.scalar(
            sa.text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )
    if others:
        raise CopyError(f"{others} others are connected to this database: stop tracker, scheduler and web first")


def restore_postgres(copy: Path, engine: Engine) -> None:
    """Put a dump in the place of our tables; nothing else in the database is touched. Raises CopyError."""
    arguments, environment = _address(engine.url)
    program = _program("pg_restore")
    try:
        if current_revision(engine) is not None:
            downgrade(engine, "base")  # whatever migrations made, also since the copy: a dump drops only what it knows
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
    except (SQLAlchemyError, CommandError) as error:
        raise CopyError(
            "what stands in the database cannot be taken down; create an empty one and name it in JIXIN_DATABASE_URL"
        ) from error
    engine.dispose()
    how = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    with _running([program, *how, f"--dbname={arguments}", str(copy)], environment):
        pass


class _ProgramMissing(CopyError):
    """One of PostgreSQL's programs is not installed."""


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise _ProgramMissing(
            f"{name} is not installed: install PostgreSQL's client programs of the server's version or newer"
            " (Debian: postgresql-client)"
        )
    return path


def _address(url: URL) -> tuple[str, dict[str, str]]:
    """How libpq reaches the database: what may be seen, and the environment with what may not."""
    told = url.translate_connect_args(username="user", database="dbname") | dict(url.normalized_query)
    password = told.pop("password", None)
    flat = {name: value if isinstance(value, (str, int)) else ",".join(value) for name, value in told.items()}
    return make_conninfo("", **flat), {"PGPASSWORD": str(password)} if password else {}


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    """A program whose output the block reads. Raises CopyError with its own words when it does not end well."""
    with subprocess.Popen(  # noqa: S603 PostgreSQL's own programs
        command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        try:
            yield program
            _, complaint = program.communicate()
        except BaseException:
            program.kill()
            raise
    if program.returncode:
        said = complaint.decode(errors="replace").strip().splitlines()
        raise CopyError(f"{Path(command[0]).name}: {' '.join(said[:3]) or f'ended with {program.returncode}'}")


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    """The rows of a dump as text: their table, and their fields by column."""
    table, columns = b"", [b""]
    for line in lines:
        if not table:
            if begun := _COPY.fullmatch(line):
                table, columns = begun[1], [name.strip(b'" ') for name in begun[2].split(b",")]
        elif line == b"\\.\n":
            table = b""
        else:
            yield table, dict(zip(columns, line.rstrip(b"\n").split(b"\t"), strict=True))
    if table:
        raise CopyDamaged("the dump ends in the middle of a table")
