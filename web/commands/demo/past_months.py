"""The past months (过去各月): a saved run of each whole month, and of the last whole year, that has none."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine

from credit_scoring.evidence.window import Window
from credit_scoring.scoring.division_runs import provinces_to_judge, save_division_run
from credit_scoring.scoring.rhythm import past_months, year_of
from credit_scoring.scoring.run_series_store import runs_in
from tracker.store.database import reading
from tracker.working_days import local_day_of


def save_past_runs(engine: Engine, count: int, *, now: datetime, between: Callable[[], None]) -> int:
    """Assess each past month, and the last year, under the scheme of its time: nationwide, and every province that has
    parcels enough. How many had no run and have one now.

    A window without a parcel gets none. `between` is called after each.
    """
    saved = 0
    today = local_day_of(now)
    for window in (*past_months(today, count), year_of(today.year - 1)):
        for division in _not_judged(engine, window, now=now):
            saved += save_division_run(engine, window, division, now=now) is not None
        between()
    return saved


def _not_judged(engine: Engine, window: Window, *, now: datetime) -> list[str | None]:
    """Where a window has no run yet: the nation (None), and the provinces."""
    with reading(engine) as session:
        wanted = [None, *provinces_to_judge(session, window, now=now)]
        return [division for division in wanted if not runs_in(session, [window], division)]
