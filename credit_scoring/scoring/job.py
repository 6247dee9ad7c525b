"""The job (定时考核): the nationwide ranking of the last 30 days, saved once every period by one owner."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.engine import Engine

from credit_scoring.evidence.window import Window, local_day
from credit_scoring.scheme.policy import load_scheme
from credit_scoring.scoring.assess import assess
from credit_scoring.scoring.claims import claim_period, finish_claim, period_of, release_claim
from credit_scoring.scoring.score_store import save_run
from tracker.store.candidate import Candidate
from tracker.store.database import reading, transaction

JOB = "assess_carriers"
PERIOD = timedelta(hours=1)
LOOK_EVERY = timedelta(minutes=1)  # how often the owner looks for a period that nobody has finished

Clock = Callable[[], datetime]
log = structlog.get_logger()


def run_scheduler(
    engine: Engine, *, candidate: Candidate, stop: threading.Event, clock: Clock, period: timedelta = PERIOD
) -> None:
    """Run the job at once and then in every period, until `stop` is set; waits for the lease while another has it.

    `clock` gives aware times. The lease saves work; that a period has one result is up to its claim. Returns when the
    job that was running has ended.
    """
    scheduler: BackgroundScheduler | None = None
    try:
        while not stop.is_set():
            elected = candidate.stand()
            if elected and scheduler is None:
                scheduler = _start(engine, clock, period)
            elif not elected and scheduler is not None:
                _stop(scheduler)
                scheduler = None
            stop.wait(candidate.pause)
    finally:
        if scheduler is not None:
            _stop(scheduler)
        candidate.resign()


def run_job(engine: Engine, *, clock: Clock, period: timedelta = PERIOD) -> UUID | None:
    """Assess and save the period that `clock` is in; None when it is done already, another's, or has no parcels."""
    now = clock()
    claim = claim_period(engine, JOB, period_of(now, period), now=now)
    if claim is None:
        return None
    window = Window.parse(None, None, today=local_day(now))
    with reading(engine) as session:
        assessment = assess(session, scheme=load_scheme(), window=window, division=None, as_of=now)
    with transaction(engine) as session:
        if not assessment.evidence:  # nothing to keep yet: the period stays open
            release_claim(session, claim)
            return None
        finish_claim(session, claim, finished_at=clock())
        run_id = save_run(session, assessment, created_at=now)
    log.info("carriers_assessed", period=claim.period, run=str(run_id), carriers=len(assessment.evidence))
    return run_id


def _start(engine: Engine, clock: Clock, period: timedelta) -> BackgroundScheduler:
    log.info("scheduler_elected", job=JOB)
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        lambda: run_job(engine, clock=clock, period=period),
        "interval",
        seconds=min(LOOK_EVERY, period).total_seconds(),
        next_run_time=datetime.now(UTC),
        id=JOB,
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler


def _stop(scheduler: BackgroundScheduler) -> None:
    scheduler.shutdown(wait=True)
