"""The past months: whole ones, each assessed once under the scheme of its time."""

from datetime import UTC, date, datetime

from sqlalchemy.engine import Engine
from sqlmodel import select

from credit_scoring.evidence.window import Window
from credit_scoring.scoring.score_store import ScoreRunRow, latest_run
from tests.credit_scoring.rows import many, store
from tracker.store.database import reading
from web.commands.past_months import past_months, save_past_runs

NOW = datetime(2026, 2, 28, 16, 30, tzinfo=UTC)  # the first of March in China
DECEMBER, FEBRUARY = Window(date(2025, 12, 1), date(2026, 1, 1)), Window(date(2026, 2, 1), date(2026, 3, 1))


def test_past_months_are_whole_local_ones_the_oldest_first() -> None:
    assert past_months(NOW, 3) == [DECEMBER, Window(date(2026, 1, 1), date(2026, 2, 1)), FEBRUARY]
    assert past_months(NOW, 0) == []


def test_each_month_with_parcels_has_one_run_under_the_scheme_of_its_time(sqlite_engine: Engine) -> None:
    store(sqlite_engine, many(40, "BLUEBIRD", accepted_at=datetime(2025, 12, 5, tzinfo=UTC)))
    store(sqlite_engine, many(40, "POSTROAD", accepted_at=datetime(2026, 2, 5, tzinfo=UTC)))
    looked: list[None] = []
    for saved in (2, 0):
        assert save_past_runs(sqlite_engine, 12, now=NOW, between=lambda: looked.append(None)) == saved
    assert len(looked) == 24
    with reading(sqlite_engine) as session:
        assert len(session.exec(select(ScoreRunRow)).all()) == 2
        runs = [latest_run(session, month, None) for month in (DECEMBER, FEBRUARY)]
    assert [(run.scheme, [row["carrier"] for row in run.ranking["rows"]]) for run in runs if run] == [
        ("2025-1", ["BLUEBIRD"]),
        ("2026-1", ["POSTROAD"]),
    ]
