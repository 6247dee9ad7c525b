"""What tests share (公共夹具): databases fresh for each test on both engines, and golden files."""

import os
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from sqlalchemy.engine import Engine

from tracker.store.database import build_engine
from tracker.store.migrate import upgrade
from web.accounts import passwords
from web.bench.postgres import PostgresServer, run_postgres

GOLDEN = Path(__file__).parent / "golden"
ENGINES = ("sqlite", "postgresql")

if "CI" not in os.environ:  # there Hypothesis takes its own profile: the same examples every time
    settings.register_profile("house", deadline=None)
    settings.load_profile("house")


@pytest.fixture(autouse=True)
def _logs_go_where_they_went_before() -> Iterator[None]:
    """A command that ran in a test set up its logs for the whole process, onto a stream that the test closed."""
    yield
    structlog.reset_defaults()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/ with what the tests give now")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three at least, also on two processors: the walk waits more than it works."""
    return max(3, os.cpu_count() or 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of real processes share the machine badly: those of one scope never run beside one another.

    A scheduler of our own, because the marks of `--dist loadgroup` have no effect with pytest 9.2 and xdist 3.8.
    """
    if config.getvalue("dist") != "load":
        return None
    scheduler: Any = import_module("xdist.scheduler").LoadScopeScheduling(config, log)
    scheduler._split_scope = scope_of
    return scheduler


# What must stay with one worker, each the work of some minutes.
SCOPES = ("tests/walk/faults/", "tests/walk/test_own_brokers.py", "tests/walk/")


def scope_of(nodeid: str) -> str:
    """The work that a test belongs to; a test of no process stands alone."""
    return next((scope for scope in SCOPES if nodeid.startswith(scope)), nodeid)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = build_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL server a session (with xdist: a worker)."""
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """A migrated PostgreSQL database to clone; its name."""
    name = postgres_server.create_database()
    engine = build_engine(postgres_server.url(name))
    upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of this test's own."""
    path = shutil.copy(sqlite_template, tmp_path / "test.db")
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    name = postgres_server.create_database(template=postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database without a single table."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test's own, on each engine in turn."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a migrated database of this test's own, on SQLite and on PostgreSQL in turn."""
    yield from _engine(database_url)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """An engine on a migrated SQLite database of this test's own."""
    yield from _engine(sqlite_url)


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """An engine on a migrated PostgreSQL database of this test's own."""
    yield from _engine(postgres_url)


@pytest.fixture(params=ENGINES)
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database without a single table, on SQLite and on PostgreSQL in turn."""
    sqlite = request.param == "sqlite"
    yield from _engine(
        f"sqlite:///{tmp_path / 'empty.db'}" if sqlite else request.getfixturevalue("empty_postgres_url")
    )


def _engine(url: str) -> Iterator[Engine]:
    engine = build_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Slow hashes that are quick: a test of what comes after a password waits for none."""
    for name, value in {"ITERATIONS": 1, "LANES": 1, "KIB": 8}.items():
        monkeypatch.setattr(passwords, name, value)
    passwords.nobodys_hash.cache_clear()
    yield
    passwords.nobodys_hash.cache_clear()


Golden = Callable[[str, bytes], None]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(name, octets)` holds octets equal to tests/golden/name; `--update-golden` rewrites the file."""

    def check(name: str, octets: bytes) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(octets)
        assert path.is_file(), f"tests/golden/{name} is missing; write it with --update-golden and read it"
        expected = path.read_bytes()
        if octets != expected:
            pytest.fail(_difference(name, octets, expected))

    return check


def _difference(name: str, octets: bytes, expected: bytes) -> str:
    """Where two byte strings part, short enough to read."""
    at = next(
        (i for i, (a, b) in enumerate(zip(octets, expected, strict=False)) if a != b), min(len(octets), len(expected))
    )
    around = slice(max(0, at - 40), at + 40)
    return (
        f"tests/golden/{name} differs at byte {at} ({len(octets)} bytes now, {len(expected)} kept)\n"
        f"  now : {octets[around]!r}\n  kept: {expected[around]!r}\nIf the change is meant: --update-golden"
    )
