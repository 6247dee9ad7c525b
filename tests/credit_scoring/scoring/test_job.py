"""The job and its owner: one scheduler works, a period has one run, and it ends when it is told to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import select

from credit_scoring.evidence.window import Window, local_day
from credit_scoring.scoring import job
from credit_scoring.scoring.audit import verify_run
from credit_scoring.scoring.election import DatabaseLock, FileLock, build_candidate
from credit_scoring.scoring.job import run_job, run_scheduler
from credit_scoring.scoring.score_store import ScoreRunRow, latest_run
from tests.credit_scoring.rows import many, store
from tracker.store.database import reading
from tracker.store.tables import JobClaimRow

NOW = datetime(2026, 5, 20, 10, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)


def runs(engine: Engine) -> list[ScoreRunRow]:
    with reading(engine) as session:
        return list(session.exec(select(ScoreRunRow)))


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def test_the_job_saves_the_last_thirty_days_nationwide(engine: Engine) -> None:
    store(engine, [*many(30, "BLUEBIRD"), *many(3, "SMALLTOWN")], position=77)
    run_id = run_job(engine, clock=lambda: NOW)
    window = Window.parse(None, None, today=local_day(NOW))
    with reading(engine) as session:
        run = latest_run(session, window, None)
    assert run is not None
    assert (run.run_id, run.position, run.as_of) == (run_id, 77, NOW)
    assert [row["carrier"] for row in run.ranking["rows"]] == ["BLUEBIRD"]
    assert verify_run(run)


def test_a_period_is_run_once_and_the_next_one_again(engine: Engine) -> None:
    store(engine, many(30, "BLUEBIRD"))
    assert run_job(engine, clock=lambda: NOW) is not None
    assert run_job(engine, clock=lambda: NOW + timedelta(minutes=30)) is None
    assert run_job(engine, clock=lambda: NOW + HOUR) is not None
    assert len(runs(engine)) == 2


def test_without_a_parcel_no_run_is_kept(engine: Engine) -> None:
    assert run_job(engine, clock=lambda: NOW) is None
    assert runs(engine) == []


def test_the_claim_is_closed_when_the_run_is_kept(engine: Engine) -> None:
    store(engine, many(30, "BLUEBIRD"))
    run_job(engine, clock=lambda: NOW)
    with reading(engine) as session:
        (claim,) = session.exec(select(JobClaimRow))
    assert (claim.job, claim.period, claim.finished_at) == ("assess_carriers", "2026-05-20T10:00:00Z", NOW)


def test_the_lock_has_one_owner_and_passes_on_when_he_resigns(engine: Engine, tmp_path: Path) -> None:
    one, other = (build_candidate(engine, lock_path=tmp_path / "run" / "scheduler.lock") for _ in range(2))
    assert one.stand()
    assert one.stand()
    assert not other.stand()
    one.resign()
    assert other.stand()
    other.resign()
    other.resign()


def test_each_database_has_its_own_kind_of_lock(sqlite_engine: Engine, postgres_engine: Engine, tmp_path: Path) -> None:
    assert isinstance(build_candidate(sqlite_engine, lock_path=tmp_path / "lock"), FileLock)
    assert isinstance(build_candidate(postgres_engine, lock_path=tmp_path / "lock"), DatabaseLock)


def test_an_owner_whose_session_the_database_ended_must_stand_again(postgres_engine: Engine) -> None:
    one, other = DatabaseLock(postgres_engine), DatabaseLock(postgres_engine)
    assert one.stand()
    with postgres_engine.connect() as connection:
        connection.execute(
            sa.text("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        )
    assert other.stand()
    assert not one.stand()
    other.resign()
    assert one.stand()
    one.resign()


@contextmanager
def scheduler(engine: Engine, lock_path: Path, clock: Callable[[], datetime]) -> Iterator[threading.Event]:
    """A scheduler in a thread of its own, stopped with the block."""
    stop = threading.Event()
    thread = threading.Thread(
        target=run_scheduler, args=(engine,), kwargs={"lock_path": lock_path, "stop": stop, "clock": clock}
    )
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(timeout=20)
        assert not thread.is_alive()


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and stands often enough for a test."""
    monkeypatch.setattr(job, "LOOK_EVERY", timedelta(milliseconds=50))
    monkeypatch.setattr(job, "STAND_EVERY_SECONDS", 0.05)


@pytest.mark.usefixtures("brisk")
def test_a_scheduler_runs_the_job_at_once_then_in_the_next_period_and_ends_on_stop(
    engine: Engine, tmp_path: Path
) -> None:
    store(engine, many(30, "BLUEBIRD"))
    moments = [NOW]
    with scheduler(engine, tmp_path / "lock", lambda: moments[-1]):
        until(lambda: len(runs(engine)) == 1)
        time.sleep(0.3)
        assert len(runs(engine)) == 1
        moments.append(NOW + HOUR)
        until(lambda: len(runs(engine)) == 2)


@pytest.mark.usefixtures("brisk")
def test_two_schedulers_keep_one_run_a_period_and_the_second_takes_over(engine: Engine, tmp_path: Path) -> None:
    store(engine, many(30, "BLUEBIRD"))
    moments = [NOW]
    with (
        scheduler(engine, tmp_path / "lock", lambda: moments[-1]) as first,
        scheduler(engine, tmp_path / "lock", lambda: moments[-1]),
    ):
        until(lambda: len(runs(engine)) == 1)
        first.set()
        moments.append(NOW + HOUR)
        until(lambda: len(runs(engine)) == 2)
        time.sleep(0.3)
    assert len(runs(engine)) == 2


@pytest.mark.usefixtures("brisk")
def test_two_schedulers_without_a_common_lock_still_keep_one_run_a_period(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    engine = sqlite_engine
    store(engine, many(30, "BLUEBIRD"))
    with scheduler(engine, tmp_path / "lock-1", lambda: NOW), scheduler(engine, tmp_path / "lock-2", lambda: NOW):
        until(lambda: len(runs(engine)) == 1)
        time.sleep(0.5)
    assert len(runs(engine)) == 1
