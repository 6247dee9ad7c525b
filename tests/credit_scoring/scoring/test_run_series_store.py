"""The saved runs as a series: the newest of each window and division, read back as they were saved."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.engine import Engine

from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.window import Window
from credit_scoring.scoring.ranking import Ranked, UnrankedReason
from credit_scoring.scoring.run_results import Counted
from credit_scoring.scoring.run_series_store import results_of, runs_by_division, runs_in, windows_judged
from tests.credit_scoring.rows import AS_OF, SCOPE, WINDOW
from tests.credit_scoring.scoring.test_score_store import assessment, saved
from tracker.store.database import reading

OTHER = Window(date(2026, 1, 1), date(2026, 2, 1))


def test_of_each_window_and_division_the_newest_run_is_found(engine: Engine) -> None:
    later = replace(SCOPE, as_of=AS_OF + timedelta(hours=1))
    here = replace(SCOPE, division="330000")
    for scope in (later, SCOPE, here, replace(SCOPE, window=OTHER)):
        saved(engine, assessment(scope))
    with reading(engine) as session:
        runs = runs_in(session, [WINDOW, OTHER], None)
        assert {window: run.as_of for window, run in runs["2026-1"].items()} == {WINDOW: later.as_of, OTHER: AS_OF}
        assert [run.window for run in runs_in(session, [WINDOW], "330000")["2026-1"].values()] == [WINDOW]
        assert runs_in(session, [OTHER], "330000") == {}
        assert list(runs_by_division(session, WINDOW, ["330000", "440000"])) == ["330000"]
        assert windows_judged(session, [None, "330000"], limit=5) == [WINDOW, OTHER]
        assert windows_judged(session, ["330000"], limit=5) == [WINDOW]
        assert windows_judged(session, ["440000"], limit=5) == []


def test_what_came_out_is_read_back_as_it_was(engine: Engine) -> None:
    one = assessment(damage=(9, 1000))
    saved(engine, one)
    with reading(engine) as session:
        [run] = runs_in(session, [WINDOW], None)["2026-1"].values()
        told = results_of(session, [run])[run.run_id]
    standing = one.standing_of("BLUEBIRD")
    assert isinstance(standing, Ranked)
    place = told.results["BLUEBIRD"].place
    assert place is not None
    assert (place.rank, place.score, place.grade) == (1, standing.score.score, standing.score.grade)
    assert place.interval == standing.score.interval
    assert told.results["BLUEBIRD"].counts[IndicatorName.DAMAGE] == Counted(9, 1000)
    assert IndicatorName.HONOURS not in told.results["BLUEBIRD"].counts
    small = told.results["SMALLTOWN"]
    assert (small.place, small.reason, small.parcels) == (None, UnrankedReason.TOO_FEW_PARCELS, 3)
    assert Decimal(0) < place.score
