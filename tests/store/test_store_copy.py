"""A copy of the store: made while others write, one moment of the log, and believed only when it was read back."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy.engine import Engine

from tests.intake.devices import Device, Intake
from tracker.store.copy_facts import CopyDamaged, CopyError
from tracker.store.database import build_engine, reading
from tracker.store.event_store import log_head
from tracker.store.migrate import head_revision, upgrade
from tracker.store.store_copy import check_copy, copy_store, require_alone, restore_store
from web.bench.postgres import find_postgres


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server's own version."""
    monkeypatch.setenv("PATH", f"{find_postgres()}{os.pathsep}{os.environ['PATH']}")


class Store:
    """A store with a device that scans into it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.intake = Intake(engine)
        self.gun = self.intake.enrol(Device())

    def record(self, *waybills: str) -> None:
        self.intake.record(self.gun.deliver(*(self.gun.scan(number) for number in waybills)))

    def waybills(self) -> list[str]:
        return [row[0] for row in self.intake.rows("SELECT waybill_no FROM event ORDER BY position")]


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


def copy_into(folder: Path, engine: Engine) -> Path:
    folder.mkdir()
    return copy_store(engine, folder, progress=lambda _done, _total: None)


@contextmanager
def writing(store: Store) -> Iterator[list[str]]:
    """Somebody records one event after another while the block runs; their waybills."""
    stop, written = Event(), []

    def write() -> None:
        while not stop.is_set():
            store.record(f"LIVE{len(written)}")
            written.append(f"LIVE{len(written)}")

    thread = Thread(target=write)
    thread.start()
    try:
        while len(written) < 3:
            stop.wait(0.01)
        yield written
        count = len(written)
        while len(written) < count + 3:  # nobody stood in its way
            stop.wait(0.01)
    finally:
        stop.set()
        thread.join()


def test_a_copy_made_while_others_write_holds_one_moment(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.store.sqlite_copy.PAGES", 1)  # so that many commits fall into the copying
    store.record(*(f"W{number}" for number in range(400)))
    with writing(store) as written:
        before = len(written)
        copy = copy_into(tmp_path / "copy", store.engine)
        after = len(written) + 1
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    facts = check_copy(copy)
    assert 400 + before <= facts.position <= 400 + after
    with reading(store.engine) as session:
        head = log_head(session)
    assert (facts.store, facts.epoch, facts.revision) == (head.store, head.epoch, head_revision())


def test_a_restored_copy_is_the_store_of_that_moment(store: Store, tmp_path: Path) -> None:
    store.record("W1", "W2")
    copy = copy_into(tmp_path / "copy", store.engine)
    store.record("W3")
    require_alone(store.engine)
    restore_store(copy, store.engine)
    assert store.waybills() == ["W1", "W2"]
    upgrade(store.engine)
    store.record("W4")
    assert store.waybills() == ["W1", "W2", "W4"]
    with reading(store.engine) as session:
        assert log_head(session).position == 3


def test_an_empty_store_is_copied_too(engine: Engine, tmp_path: Path) -> None:
    assert check_copy(copy_into(tmp_path / "copy", engine)).position == 0


def test_a_copy_that_was_cut_off_is_not_believed(store: Store, tmp_path: Path) -> None:
    store.record(*(f"W{number}" for number in range(300)))
    copy = copy_into(tmp_path / "copy", store.engine)
    for kept in (0, 100, copy.stat().st_size // 2, copy.stat().st_size - 200):
        octets = copy.read_bytes()
        copy.write_bytes(octets[:kept])
        with pytest.raises(CopyDamaged, match=copy.name):
            check_copy(copy)
        copy.write_bytes(octets)
    assert check_copy(copy).position == 300


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DELETE FROM event WHERE position = 2", "head is 3, but 2 events"),
        ("UPDATE event SET position = 1 WHERE position = 3", "stands twice"),
        ("UPDATE log_head SET position = 4", "head is 4, but 3 events"),
        ("DELETE FROM log_head", "no whole store"),
        ("DELETE FROM alembic_version", "no whole store"),
    ],
)
def test_a_copy_of_a_store_with_a_hole_is_not_believed(store: Store, tmp_path: Path, harm: str, said: str) -> None:
    store.record("W1", "W2", "W3")
    with store.engine.begin() as connection:
        connection.exec_driver_sql(harm)
    with pytest.raises(CopyDamaged, match=said):
        check_copy(copy_into(tmp_path / "copy", store.engine))


def test_what_is_no_copy_is_not_believed(tmp_path: Path) -> None:
    for name in ("store.sqlite", "store.pgdump", "else.txt"):
        with pytest.raises(CopyDamaged):
            check_copy(tmp_path / name)
        (tmp_path / name).write_text("no store")
        with pytest.raises(CopyDamaged):
            check_copy(tmp_path / name)


def test_a_database_that_others_use_is_not_replaced(postgres_engine: Engine) -> None:
    require_alone(postgres_engine)
    with postgres_engine.connect(), pytest.raises(CopyError, match="1 others are connected"):
        require_alone(postgres_engine)


def test_without_postgresqls_programs_the_package_is_named(
    postgres_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CopyError, match=r"pg_dump is not installed.*postgresql-client"):
        copy_into(tmp_path / "copy", postgres_engine)


def test_a_password_is_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pg_dump that writes down how it was called stands in the real one's place."""
    fake = tmp_path / "pg_dump"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@" "env=$PGPASSWORD"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    engine = build_engine("postgresql://jixin:s3cret%20word@db.example:5433/store?sslmode=require")
    said = copy_into(tmp_path / "copy", engine).read_text().splitlines()
    assert said.pop() == "env=s3cret word"
    assert "s3cret" not in " ".join(said)
    told = "host=db.example dbname=store user=jixin port=5433 sslmode=require"
    assert sorted(said[-1].removeprefix("--dbname=").split()) == sorted(told.split())


def test_what_postgresql_says_is_passed_on(tmp_path: Path, empty_postgres_url: str) -> None:
    engine = build_engine(empty_postgres_url.replace("/test_", "/nowhere_"))
    with pytest.raises(CopyError, match=r"pg_dump: .*does not exist"):
        copy_into(tmp_path / "copy", engine)
