"""The past months (过去各月): whole months in local days, and a saved run of each that has none."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from credit_scoring.evidence.window import Window
from credit_scoring.scheme.scheme_store import schemes_of
from credit_scoring.scoring.assess import assess
from credit_scoring.scoring.score_store import latest_run, save_run
from tracker.store.database import reading, transaction
from tracker.working_days import local_day_of

ONE_DAY = timedelta(days=1)


def past_months(now: datetime, count: int) -> list[Window]:
    """So many whole months before this one, the oldest first."""
    months: list[Window] = []
    first = local_day_of(now).replace(day=1)
    for _ in range(count):
        first, end = (first - ONE_DAY).replace(day=1), first
        months.append(Window(first, end))
    return months[::-1]


def save_past_runs(engine: Engine, count: int, *, now: datetime, between: Callable[[], None]) -> int:
    """Assess each past month under the scheme of its time, nationwide; how many had no run and have one now.

    A month without a parcel gets none. `between` is called after each.
    """
    saved = 0
    for month in past_months(now, count):
        with reading(engine) as session:
            known = latest_run(session, month, None)
            assessment = assess(
                session, scheme=schemes_of(session).on(month.last_day), window=month, division=None, as_of=now
            )
        if known is None and assessment.evidence:
            with transaction(engine) as session:
                save_run(session, assessment, created_at=now)
            saved += 1
        between()
    return saved
