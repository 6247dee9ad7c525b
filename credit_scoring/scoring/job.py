"""The job (定时考核): the nationwide ranking of the last 30 days, saved once every period by one owner.

After it what has settled since: the last month and year, nationwide and by province (credit_scoring.scoring.settled).
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from credit_scoring.complaints.escalation import REMIND_EVERY, remind
from credit_scoring.evidence.window import Window
from credit_scoring.scoring.claims import Claim, claim_period, period_of, release_claim
from credit_scoring.scoring.division_runs import save_claimed_run
from credit_scoring.scoring.job_metrics import JobMetrics
from credit_scoring.scoring.settled import SettledRuns
from credit_scoring.upkeep import keep_up
from tracker.intake.claim_upkeep import JOB as MISSING_JOB
from tracker.intake.claim_upkeep import LOOK_EVERY as LOOK_FOR_MISSING_EVERY
from tracker.intake.claim_upkeep import look_for_missing
from tracker.store.candidate import Candidate
from tracker.store.database import transaction
from tracker.working_days import local_day_of

JOB = "assess_carriers"
PERIOD = timedelta(hours=1)
LOOK_EVERY = timedelta(minutes=1)  # how often the owner looks for a period that nobody has finished
RECORD_TERM = timedelta(hours=72)  # a station may be offline over a weekend; a record travels with its event
FINISHING = 10.0  # seconds that a running job may take when it is told to stop

Clock = Callable[[], datetime]
log = structlog.get_logger()


def run_scheduler(
    engine: Engine,
    *,
    candidate: Candidate,
    stop: threading.Event,
    clock: Clock,
    period: timedelta = PERIOD,
    metrics: JobMetrics | None = None,
    record_term: timedelta = RECORD_TERM,
) -> bool:
    """Run the job at once and then in every period, until `stop` is set; waits for the lease while another has it.

    `clock` gives aware times. The lease saves work; that a period has one result is up to its claim. Returns True when
    the job that was running has ended; False when it was given up after FINISHING seconds: then its claim is released,
    its thread still runs, and what it finds will not be kept.
    """
    worker = Worker(engine, clock, period, metrics or JobMetrics(JOB), record_term)
    ended = True
    scheduler: BackgroundScheduler | None = None
    try:
        while not stop.is_set():
            elected = candidate.stand()
            if elected and scheduler is None:
                scheduler = _start(worker)
            elif not elected and scheduler is not None:
                ended = worker.stop(scheduler)
                scheduler = None
            worker.metrics.show_elected(elected)
            stop.wait(candidate.pause)
    finally:
        if scheduler is not None:
            ended = worker.stop(scheduler)
        candidate.resign()
    return ended


@dataclass(slots=True)
class Worker:
    """The job as the scheduler runs it: measured, and given up when it does not end in time."""

    engine: Engine
    clock: Clock
    period: timedelta
    metrics: JobMetrics
    record_term: timedelta = RECORD_TERM
    _claim: Claim | None = None
    _stopped: bool = False
    _idle: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look at the present period once; a failure is logged, and the next look tries again."""
        self._idle.clear()
        try:
            if not self._stopped:
                self._run()
        finally:
            self._claim = None
            self._idle.set()

    def _run(self) -> None:
        try:
            with self.metrics.timing():
                run_id = run_job(self.engine, clock=self.clock, period=self.period, claimed=self._remember)
            if run_id:
                SettledRuns(self.engine, self.clock, self._remember, lambda: self._stopped).save()
        except Exception:
            self.metrics.count("failed")
            log.exception("job_failed", job=JOB)
            self._give_back()
        else:
            self.metrics.count("finished" if run_id else "nothing_to_do")

    def _remember(self, claim: Claim) -> None:
        self._claim = claim

    def start(self) -> None:
        """Take up work, after having been stopped too."""
        self._stopped = False
        self._idle.set()

    def stop(self, scheduler: BackgroundScheduler) -> bool:
        """No new run, and an end to the present one; False when it had to be given up."""
        self._stopped = True
        scheduler.shutdown(wait=False)
        if self._idle.wait(FINISHING):
            return True
        self.metrics.count("abandoned")
        self._give_back()
        log.warning("job_abandoned", job=JOB, waited=FINISHING)
        return False

    def _give_back(self) -> None:
        """The claim, so that the next look finds the period open."""
        if claim := self._claim:
            with suppress(DBAPIError), transaction(self.engine) as session:  # else it lapses by itself
                release_claim(session, claim)


def run_job(
    engine: Engine, *, clock: Clock, period: timedelta = PERIOD, claimed: Callable[[Claim], None] = lambda _: None
) -> UUID | None:
    """Assess and save the period that `clock` is in; None when it is done already, another's, or has no parcels.

    `claimed` is told which claim is held meanwhile.
    """
    now = clock()
    claim = claim_period(engine, JOB, period_of(now, period), now=now)
    if claim is None:
        return None
    claimed(claim)
    keep_up(engine, now=now)
    window = Window.parse(None, None, today=local_day_of(now))
    run = save_claimed_run(engine, claim, window, None, now=now, clock=clock)
    if run is None:
        return None
    log.info("carriers_assessed", period=claim.period, run=str(run.run_id), carriers=len(run.assessment.evidence))
    return run.run_id


def _start(worker: Worker) -> BackgroundScheduler:
    worker.start()
    log.info("scheduler_elected", job=JOB)
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        worker.run,
        "interval",
        seconds=min(LOOK_EVERY, worker.period).total_seconds(),
        next_run_time=datetime.now(UTC),
        id=JOB,
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.add_job(
        remind,
        "interval",
        args=(worker.engine, worker.clock),
        seconds=REMIND_EVERY.total_seconds(),
        next_run_time=datetime.now(UTC),
        id="remind_complaints",
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.add_job(
        look_for_missing,
        "interval",
        args=(worker.engine, worker.clock, worker.record_term),
        seconds=LOOK_FOR_MISSING_EVERY.total_seconds(),
        next_run_time=datetime.now(UTC),
        id=MISSING_JOB,
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler
