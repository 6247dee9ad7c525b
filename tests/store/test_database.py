"""The database: one place that commits, readers that disturb nobody, writers that wait for each other."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from threading import Thread, Timer

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from tracker.store.database import build_engine, reading, transaction
from tracker.store.event_store import log_head, save_log_head
from tracker.store.registry import Carrier, carrier_of, save_carrier


def test_a_transaction_is_kept_when_its_block_ends(engine: Engine) -> None:
    with transaction(engine) as session:
        save_carrier(session, Carrier("BLUEBIRD"))
    with reading(engine) as session:
        assert carrier_of(session, "BLUEBIRD") is not None


def test_a_transaction_is_undone_when_its_block_raises(engine: Engine) -> None:
    def stop_half_way() -> None:
        with transaction(engine) as session:
            save_carrier(session, Carrier("BLUEBIRD"))
            session.flush()
            raise RuntimeError("stopped half way")

    with pytest.raises(RuntimeError):
        stop_half_way()
    with reading(engine) as session:
        assert carrier_of(session, "BLUEBIRD") is None


def test_reading_gives_one_consistent_view_while_others_write(engine: Engine) -> None:
    with reading(engine) as session:
        assert log_head(session).position == 0
        with transaction(engine) as writer:  # the reader keeps nobody from writing
            save_log_head(writer, replace(log_head(writer, lock=True), position=5))
        assert log_head(session).position == 0
    with reading(engine) as session:
        assert log_head(session).position == 5


@pytest.mark.parametrize(("default", "used"), [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")])
def test_a_commit_is_on_postgresqls_disk_whatever_the_default(postgres_url: str, default: str, used: str) -> None:
    engine = build_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER ROLE CURRENT_USER IN DATABASE {engine.url.database} "
                                   f"SET synchronous_commit = {default}")  # fmt: skip
    engine.dispose()
    for use in (transaction, reading, transaction):  # a rollback too leaves it as it was
        with use(engine) as session:
            assert session.connection().exec_driver_sql("SHOW synchronous_commit").scalar() == used
            session.rollback()
    engine.dispose()


def test_reading_commits_nothing(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as session:
        save_carrier(session, Carrier("BLUEBIRD"))
        session.flush()
    with reading(sqlite_engine) as session:
        assert carrier_of(session, "BLUEBIRD") is None


def test_reading_cannot_even_write_on_postgresql(postgres_engine: Engine) -> None:
    with reading(postgres_engine) as session, pytest.raises(DBAPIError, match="read-only"):
        save_carrier(session, Carrier("BLUEBIRD"))


def test_two_writers_who_lock_the_log_lose_no_update(engine: Engine) -> None:
    def count_up() -> None:
        for _ in range(10):
            with transaction(engine) as session:
                head = log_head(session, lock=True)
                save_log_head(session, replace(head, position=head.position + 1))

    threads = [Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as session:
        assert log_head(session).position == 30


def test_sqlite_syncs_every_commit_and_waits_for_others(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000, "foreign_keys": 1}


def test_a_new_sqlite_file_that_another_writes_to_is_waited_for(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    Timer(0.3, other.rollback).start()
    engine = build_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with reading(engine) as session:
        assert session.connection().exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
    other.close()


def test_a_sqlite_transaction_takes_the_write_lock_when_it_begins(sqlite_engine: Engine) -> None:
    """Else two that read first and then write would fail at the write (SQLITE_BUSY_SNAPSHOT)."""
    impatient = sqlite3.connect(str(sqlite_engine.url.database), timeout=0, isolation_level=None)
    with transaction(sqlite_engine) as session:
        log_head(session)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            impatient.execute("BEGIN IMMEDIATE")
    impatient.close()


def test_an_error_never_shows_a_statements_parameters(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "13800000000"})
    assert "13800000000" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://u@h/d", "postgresql+psycopg://u@h/d"])
def test_a_plain_postgresql_url_is_read_with_our_driver(url: str) -> None:
    engine = build_engine(url)
    assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")
    engine.dispose()
