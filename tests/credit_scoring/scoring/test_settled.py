"""What has settled is judged once, nationwide and by province; what was broken off goes on."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from credit_scoring.evidence.window import Window, close_of
from credit_scoring.scoring.division_runs import save_division_run
from credit_scoring.scoring.job import Worker
from credit_scoring.scoring.job_metrics import JobMetrics
from credit_scoring.scoring.rhythm import year_of
from credit_scoring.scoring.score_store import ScoreRunRow
from credit_scoring.scoring.settled import SettledRuns, settled_before
from tests.credit_scoring.rows import many, store
from tracker.store.database import reading

MAY = Window(date(2026, 5, 1), date(2026, 6, 1))
NOW = datetime(2026, 6, 9, 1, 0, tzinfo=UTC)  # 9 June, 9 o'clock in Beijing


def runs(engine: Engine) -> list[tuple[Window, str | None]]:
    with reading(engine) as session:
        rows = session.exec(select(ScoreRunRow)).all()
    return sorted(((Window(row.from_date, row.to_date), row.division) for row in rows), key=str)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """May's parcels: enough from Zhejiang, too few from Sichuan."""
    store(engine, [*many(40, "BLUEBIRD"), *many(5, "BLUEBIRD", start=40, origin="510104")])
    return engine


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 6, 7, 15, 59, tzinfo=UTC), Window(date(2026, 4, 1), date(2026, 5, 1))),
        (datetime(2026, 6, 7, 16, 0, tzinfo=UTC), MAY),
        (datetime(2026, 1, 9, tzinfo=UTC), Window(date(2025, 12, 1), date(2026, 1, 1))),
    ],
)
def test_a_month_has_settled_a_week_after_its_end(now: datetime, month: Window) -> None:
    settled, _ = settled_before(now)
    assert settled.window == month
    assert settled.since <= now


def test_a_year_has_settled_at_its_close() -> None:
    closed = close_of(2025)
    assert settled_before(closed)[1].window == year_of(2025)
    assert settled_before(closed - timedelta(seconds=1))[1].window == year_of(2024)


def test_the_nation_and_each_province_with_parcels_enough_are_judged_once(filled: Engine) -> None:
    runner = SettledRuns(filled, lambda: NOW)
    assert runner.save() == 2
    assert runs(filled) == [(MAY, "330000"), (MAY, None)]
    assert runner.save() == 0
    assert SettledRuns(filled, lambda: NOW + timedelta(days=1)).save() == 0


@pytest.mark.parametrize(("at", "lacking"), [(NOW - timedelta(days=3), 2), (NOW - timedelta(hours=1), 1)])
def test_a_run_from_before_it_settled_does_not_stand_for_it_and_one_from_after_does(
    filled: Engine, at: datetime, lacking: int
) -> None:
    assert save_division_run(filled, MAY, None, now=at)
    assert SettledRuns(filled, lambda: NOW).save() == lacking


def test_a_period_without_a_parcel_stays_open_for_what_is_imported_later(engine: Engine) -> None:
    runner = SettledRuns(engine, lambda: NOW)
    assert runner.save() == 0
    store(engine, many(40, "BLUEBIRD"))
    assert runner.save() == 2


def test_what_was_told_to_stop_goes_on_later(filled: Engine) -> None:
    told: list[bool] = []
    first = SettledRuns(filled, lambda: NOW, claimed=lambda _: told.append(True), stopped=lambda: bool(told))
    assert first.save() == 1
    assert runs(filled) == [(MAY, None)]
    assert SettledRuns(filled, lambda: NOW).save() == 1
    assert runs(filled) == [(MAY, "330000"), (MAY, None)]


def test_the_hourly_job_sees_to_it(filled: Engine) -> None:
    store(filled, many(3, "BLUEBIRD", start=100, accepted_at=NOW - timedelta(days=1)))
    worker = Worker(filled, lambda: NOW, timedelta(hours=1), JobMetrics("test"))
    worker.run()
    assert set(runs(filled)) >= {(MAY, "330000"), (MAY, None)}
