"""The past months (过去各月): a saved run of each whole month, and of the last whole year, that lacks one."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col

from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.scoring.conditions import in_scope
from credit_scoring.scoring.division_runs import provinces_to_judge, save_division_run
from credit_scoring.scoring.rhythm import past_months, year_of
from credit_scoring.scoring.run_series_store import runs_in
from tracker.store.database import reading
from tracker.store.tables.parcel import ParcelRow
from tracker.working_days import local_day_of


def save_past_runs(engine: Engine, count: int, *, now: datetime, between: Callable[[], None]) -> int:
    """Assess each past month, and the last year, under the scheme of its time: nationwide, and every province that has
    parcels enough. How many had none, or one that is older than a scan of its parcels, and have one now.

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
    """Where a window has no run of all its scans: the nation (None), and the provinces."""
    with reading(engine) as session:
        wanted = [None, *provinces_to_judge(session, window, now=now)]
        return [each for each in wanted if _judged(session, window, each) < _scanned(session, window, each, now)]


def _judged(session: Session, window: Window, division: str | None) -> int:
    """How far the log had come at the newest run; -1 without one."""
    by_scheme = runs_in(session, [window], division)
    return max((head.position for heads in by_scheme.values() for head in heads.values()), default=-1)


def _scanned(session: Session, window: Window, division: str | None, now: datetime) -> int:
    """The last position of a scan of these parcels; 0 without one."""
    newest = sa.select(sa.func.max(col(ParcelRow.last_position))).where(*in_scope(Scope(window, division, now)))
    return session.connection().scalar(newest) or 0
