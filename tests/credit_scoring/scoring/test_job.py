"""The job and its owner: one scheduler works, a period has one run, and it ends when it is told to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import Engine
from sqlmodel import select

from credit_scoring.evidence.window import Window
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring import division_runs, job
from credit_scoring.scoring.audit import verify_run
from credit_scoring.scoring.job import run_job, run_scheduler
from credit_scoring.scoring.job_metrics import JobMetrics
from credit_scoring.scoring.score_store import ScoreRunRow, latest_run
from tests.credit_scoring.rows import many, store
from tests.intake.devices import NOW as RECORDED
from tests.intake.devices import Device, Intake
from tests.intake.sealed import accept, document
from tracker.chain.findings import Finding
from tracker.store.candidate import Candidate
from tracker.store.database import reading
from tracker.store.tables.work import JobClaimRow
from tracker.working_days import local_day_of

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
    window = Window.parse(None, None, today=local_day_of(NOW))
    with reading(engine) as session:
        run = latest_run(session, window, None)
    assert run is not None
    assert (run.run_id, run.position, run.as_of) == (run_id, 77, NOW)
    assert [row["carrier"] for row in run.ranking["rows"]] == ["BLUEBIRD"]
    assert verify_run(run, scheme=shipped_schemes().of(run.scheme))


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


@contextmanager
def scheduler(
    engine: Engine,
    clock: Callable[[], datetime],
    job: str = "scheduler",
    *,
    metrics: JobMetrics | None = None,
    ended: list[bool] | None = None,
) -> Iterator[threading.Event]:
    """A scheduler in a thread of its own, stopped with the block; `ended` gets what it returned."""
    stop = threading.Event()
    candidate = Candidate(engine, job, 1.0)

    def run() -> None:
        result = run_scheduler(engine, candidate=candidate, stop=stop, clock=clock, metrics=metrics)
        if ended is not None:
            ended.append(result)

    thread = threading.Thread(target=run)
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


@pytest.mark.usefixtures("brisk")
def test_a_scheduler_runs_the_job_at_once_then_in_the_next_period_and_ends_on_stop(engine: Engine) -> None:
    store(engine, many(30, "BLUEBIRD"))
    moments = [NOW]
    with scheduler(engine, lambda: moments[-1]):
        until(lambda: len(runs(engine)) == 1)
        time.sleep(0.3)
        assert len(runs(engine)) == 1
        moments.append(NOW + HOUR)
        until(lambda: len(runs(engine)) == 2)


@pytest.mark.usefixtures("brisk")
def test_two_schedulers_keep_one_run_a_period_and_the_second_takes_over(engine: Engine) -> None:
    store(engine, many(30, "BLUEBIRD"))
    moments = [NOW]
    with (
        scheduler(engine, lambda: moments[-1]) as first,
        scheduler(engine, lambda: moments[-1]),
    ):
        until(lambda: len(runs(engine)) == 1)
        first.set()
        moments.append(NOW + HOUR)
        until(lambda: len(runs(engine)) == 2)
        time.sleep(0.3)
    assert len(runs(engine)) == 2


@pytest.mark.usefixtures("brisk")
def test_two_schedulers_without_a_common_lease_still_keep_one_run_a_period(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    store(engine, many(30, "BLUEBIRD"))
    with scheduler(engine, lambda: NOW, "one"), scheduler(engine, lambda: NOW, "other"):
        until(lambda: len(runs(engine)) == 1)
        time.sleep(0.5)
    assert len(runs(engine)) == 1


class Numbers:
    """What a scheduler measures, to read from."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = JobMetrics(job.JOB, self.registry)

    def of(self, metric: str, **labels: str) -> float:
        value = self.registry.get_sample_value(f"jixin_scheduler_{metric}", labels)
        assert value is not None, f"nothing is exported as {metric} {labels}"
        return value

    def runs(self, outcome: str) -> float:
        return self.of("job_runs_total", name=job.JOB, outcome=outcome)


@pytest.mark.usefixtures("brisk")
def test_each_look_at_a_period_is_measured(sqlite_engine: Engine) -> None:
    store(sqlite_engine, many(30, "BLUEBIRD"))
    numbers = Numbers()
    before = time.time()
    with scheduler(sqlite_engine, lambda: NOW, metrics=numbers.metrics):
        until(lambda: numbers.runs("finished") == 1 and numbers.runs("nothing_to_do") >= 1)
        assert numbers.of("elected") == 1
    assert numbers.of("job_seconds_count", name=job.JOB) >= 2
    assert before <= numbers.of("job_last_success_timestamp_seconds", name=job.JOB) <= time.time()
    assert numbers.runs("failed") == 0


@pytest.mark.usefixtures("brisk")
def test_a_job_that_fails_is_counted_and_looked_at_again(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = Numbers()

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(job, "run_job", fail)
    with scheduler(sqlite_engine, lambda: NOW, metrics=numbers.metrics):
        until(lambda: numbers.runs("failed") >= 2)
    assert numbers.of("job_last_success_timestamp_seconds", name=job.JOB) == 0


def test_a_period_whose_assessment_failed_is_free_for_the_next_look(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(sqlite_engine, many(30, "BLUEBIRD"))
    worker = job.Worker(sqlite_engine, lambda: NOW, HOUR, JobMetrics(job.JOB, CollectorRegistry()))
    with monkeypatch.context() as broken:
        broken.setattr(division_runs, "assess", lambda *_, **__: 1 // 0)
        worker.run()
    assert runs(sqlite_engine) == []
    worker.run()
    assert len(runs(sqlite_engine)) == 1


@pytest.mark.usefixtures("brisk")
def test_a_job_that_does_not_end_is_given_up_and_its_period_is_free_for_the_next(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(sqlite_engine, many(30, "BLUEBIRD"))
    numbers, go_on, real = Numbers(), threading.Event(), division_runs.assess
    under_way: list[object] = []

    def assess_slowly(*given: Any, **told: Any) -> Any:
        under_way.append(1)
        assert go_on.wait(20)
        return real(*given, **told)

    monkeypatch.setattr(division_runs, "assess", assess_slowly)
    monkeypatch.setattr(job, "FINISHING", 0.1)
    ended: list[bool] = []
    with scheduler(sqlite_engine, lambda: NOW, metrics=numbers.metrics, ended=ended):
        until(lambda: under_way)
    assert ended == [False]
    assert numbers.runs("abandoned") == 1
    with reading(sqlite_engine) as session:
        assert list(session.exec(select(JobClaimRow))) == []
    go_on.set()
    until(lambda: numbers.runs("failed") == 1)  # overtaken: what it found is not kept
    assert runs(sqlite_engine) == []
    assert run_job(sqlite_engine, clock=lambda: NOW) is not None


def test_its_owner_also_looks_for_records_that_never_came(engine: Engine, brisk: None) -> None:
    intake = Intake(engine)
    device = intake.enrol(Device())
    intake.record(device.deliver(accept(device, document())))
    late = RECORDED + job.RECORD_TERM + timedelta(minutes=1)
    with scheduler(engine, lambda: late):
        until(lambda: intake.parcel("W1").findings == {Finding.IDENTITY_RECORD_MISSING: 1})
