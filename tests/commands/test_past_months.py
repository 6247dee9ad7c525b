"""The past months: whole ones, each assessed once under the scheme of its time."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import select

from credit_scoring.evidence.window import Window
from credit_scoring.scoring.rhythm import year_of
from credit_scoring.scoring.score_store import ScoreRunRow, latest_run
from tests.credit_scoring.rows import many, store
from tracker.store.database import reading
from web.commands.demo.past_months import save_past_runs

NOW = datetime(2026, 2, 28, 16, 30, tzinfo=UTC)  # the first of March in China
DECEMBER, FEBRUARY = Window(date(2025, 12, 1), date(2026, 1, 1)), Window(date(2026, 2, 1), date(2026, 3, 1))


def test_each_month_with_parcels_has_one_run_under_the_scheme_of_its_time(sqlite_engine: Engine) -> None:
    store(sqlite_engine, many(40, "BLUEBIRD", accepted_at=datetime(2025, 12, 5, tzinfo=UTC)))
    store(sqlite_engine, many(40, "POSTROAD", accepted_at=datetime(2026, 2, 5, tzinfo=UTC)))
    looked: list[None] = []
    for saved in (6, 0):  # two months and a year, nationwide and in the one province that sent parcels
        assert save_past_runs(sqlite_engine, 12, now=NOW, between=lambda: looked.append(None)) == saved
    assert len(looked) == 26
    with reading(sqlite_engine) as session:
        divisions = sorted(row.division or "" for row in session.exec(select(ScoreRunRow)))
        assert divisions == ["", "", "", *["330000"] * 3]
        assert latest_run(session, year_of(2025), "330000") is not None
        runs = [latest_run(session, month, None) for month in (DECEMBER, FEBRUARY)]
    assert [(run.scheme, [row["carrier"] for row in run.ranking["rows"]]) for run in runs if run] == [
        ("2025-1", ["BLUEBIRD"]),
        ("2026-1", ["POSTROAD"]),
    ]


def test_what_was_scanned_after_a_run_is_judged_anew(sqlite_engine: Engine) -> None:
    store(sqlite_engine, many(40, "BLUEBIRD", accepted_at=datetime(2025, 12, 5, tzinfo=UTC)))
    assert save_past_runs(sqlite_engine, 12, now=NOW, between=lambda: None) == 4
    late = many(2, "BLUEBIRD", start=40, accepted_at=datetime(2025, 12, 6, tzinfo=UTC), last_position=9)
    store(sqlite_engine, late, position=9)
    later = NOW + timedelta(hours=1)
    assert save_past_runs(sqlite_engine, 12, now=later, between=lambda: None) == 4, "the month and its year, both areas"
    with reading(sqlite_engine) as session:
        run = latest_run(session, DECEMBER, None)
    assert run is not None
    assert (run.position, run.ranking["rows"][0]["parcels"]) == (9, 42)
