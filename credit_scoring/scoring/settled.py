"""The settled periods (已结期间): the last month and the last year, judged once nothing is expected of them any more.

The nation's run and each province's, kept for trends, comparison and the picture by province.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.engine import Engine
from sqlmodel import Session

from credit_scoring.errors import ClaimLost
from credit_scoring.evidence.window import Window, close_of
from credit_scoring.scoring.claims import Claim, claim_period, finish_claim, release_claim
from credit_scoring.scoring.division_runs import provinces_to_judge, save_claimed_run
from credit_scoring.scoring.rhythm import past_months, year_of
from credit_scoring.scoring.run_series_store import runs_in
from tracker.store.database import reading, transaction
from tracker.working_days import local_day_of

JOB = "assess_settled"
# The last day's parcels are due after three days at most, and a station may be offline over a holiday of as many more.
SETTLED_AFTER = timedelta(days=7)
NATION = "CN"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settled:
    """A whole month or year, and from which moment on nothing more is expected of it."""

    window: Window
    since: datetime

    @property
    def name(self) -> str:
        """`2026-10-01/2026-11-01`, as ISO 8601 writes an interval."""
        return f"{self.window.from_date}/{self.window.to_date}"


def settled_before(now: datetime) -> tuple[Settled, Settled]:
    """The last month that ended at least SETTLED_AFTER ago, and the last year whose close is past (105号 第十九条)."""
    (month,) = past_months(local_day_of(now - SETTLED_AFTER), 1)
    year = local_day_of(now).year - 1
    closed = year if close_of(year) <= now else year - 1
    return Settled(month, month.end + SETTLED_AFTER), Settled(year_of(closed), close_of(closed))


@dataclass(frozen=True, slots=True)
class SettledRuns:
    """Judges what has settled. `claimed` is told of each claim that is held, `stopped` says when to begin no more."""

    engine: Engine
    clock: Callable[[], datetime]
    claimed: Callable[[Claim], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False

    def save(self) -> int:
        """Save the runs that are lacking; how many. Each is claimed by itself, so that what was broken off goes on.

        A period without a parcel stays open, for its parcels may be imported yet; a done one is looked at no more.
        """
        return sum(self._save_all(settled) for settled in settled_before(self.clock()))

    def _save_all(self, settled: Settled) -> int:
        whole = claim_period(self.engine, JOB, settled.name, now=self.clock())
        if whole is None:
            return 0
        lacking = self._lacking(settled)
        saved = sum(self._save_one(settled, division) for division in lacking if not self.stopped())
        with transaction(self.engine) as session, suppress(ClaimLost):  # it took long: another goes on from here
            if saved == len(lacking):
                finish_claim(session, whole, finished_at=self.clock())
            else:
                release_claim(session, whole)
        if saved:
            log.info("settled_assessed", period=settled.name, runs=saved)
        return saved

    def _lacking(self, settled: Settled) -> list[str | None]:
        """Where no run was saved since it settled: the nation (None), and the provinces with parcels enough."""
        with reading(self.engine) as session:
            wanted = [None, *provinces_to_judge(session, settled.window, now=self.clock())]
            return [each for each in wanted if not _has_run(session, settled, each)]

    def _save_one(self, settled: Settled, division: str | None) -> bool:
        now = self.clock()
        claim = claim_period(self.engine, JOB, f"{settled.name} {division or NATION}", now=now)
        if claim is None:
            return False
        self.claimed(claim)
        return save_claimed_run(self.engine, claim, settled.window, division, now=now, clock=self.clock) is not None


def _has_run(session: Session, settled: Settled, division: str | None) -> bool:
    by_scheme = runs_in(session, [settled.window], division)
    return any(head.as_of >= settled.since for heads in by_scheme.values() for head in heads.values())
