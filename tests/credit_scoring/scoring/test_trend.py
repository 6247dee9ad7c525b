"""The trend: joined only where runs can be compared, the year's closing runs set apart."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.evidence.intervals import Interval
from credit_scoring.evidence.window import Window, close_of
from credit_scoring.scoring.ranking import UnrankedReason
from credit_scoring.scoring.rhythm import Rhythm, is_year, past_months, windows_before, year_of
from credit_scoring.scoring.run_results import Place, Result, RunHead, RunResults
from credit_scoring.scoring.trend import build_slots, build_trend, choose_runs

MONTHS = past_months(date(2026, 3, 5), 5)  # October 2025 to February 2026
PLACE = Place(1, 1, 2, Decimal("900.0"), Interval(Decimal("880.0"), Decimal("920.0")), "A")
PLACED = Result("BLUEBIRD", 900, 1000, PLACE, None, {})
TOO_FEW = Result("BLUEBIRD", 3, 1000, None, UnrankedReason.TOO_FEW_PARCELS, {})


def run(window: Window, scheme: str = "2026-1", *, number: int = 1, as_of: datetime | None = None) -> RunHead:
    seen = as_of or datetime(2026, 3, 5, tzinfo=UTC)
    return RunHead(UUID(int=window.from_date.toordinal() * 1000 + number), scheme, window, None, seen, 7)


def joined(schemes: list[str | None], results: list[Result | None]) -> list[tuple[int, int]]:
    """The joins of one carrier through the months, each judged under a scheme or not at all."""
    runs = {month: run(month, scheme) for month, scheme in zip(MONTHS, schemes, strict=True) if scheme}
    slots = build_slots(MONTHS, runs)
    told = {
        slot.run.run_id: RunResults(slot.run, {"BLUEBIRD": result} if result else {})
        for slot, result in zip(slots, results, strict=True)
        if slot.run
    }
    [line] = build_trend(slots, told, ["BLUEBIRD"]).lines
    return list(line.joins)


def test_neighbours_under_one_scheme_are_joined() -> None:
    assert joined(["2026-1"] * 5, [PLACED] * 5) == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_a_month_that_nobody_judged_a_change_of_scheme_and_a_lost_place_break_the_line() -> None:
    assert joined(["a", None, "a", "a", "a"], [PLACED] * 5) == [(2, 3), (3, 4)]
    assert joined(["a", "a", "b", "b", "b"], [PLACED] * 5) == [(0, 1), (2, 3), (3, 4)]
    assert joined(["a"] * 5, [PLACED, PLACED, TOO_FEW, None, PLACED]) == [(0, 1)]


@given(st.lists(st.sampled_from(["a", "b", None]), min_size=5, max_size=5),
       st.lists(st.sampled_from([PLACED, TOO_FEW, None]), min_size=5, max_size=5))  # fmt: skip
def test_no_line_is_ever_drawn_over_a_slot_or_between_schemes(
    schemes: list[str | None], results: list[Result | None]
) -> None:
    for one, other in joined(schemes, results):
        assert other == one + 1
        assert schemes[one] == schemes[other] is not None
        assert results[one] is results[other] is PLACED


def test_a_change_of_scheme_is_told_also_across_a_gap() -> None:
    runs = {MONTHS[0]: run(MONTHS[0], "a"), MONTHS[3]: run(MONTHS[3], "b")}
    slots = build_slots(MONTHS, runs)
    told = {each.run_id: RunResults(each, {}) for each in runs.values()}
    changes = build_trend(slots, told, []).changes
    assert [(change.slot, change.before, change.after) for change in changes] == [(3, "a", "b")]


def test_the_closing_run_of_a_year_stands_after_its_december_and_joins_nothing() -> None:
    year = year_of(2025)
    closing = run(year, as_of=close_of(2025))
    runs = {month: run(month) for month in MONTHS} | {year: closing}
    slots = build_slots(MONTHS, runs)
    assert [slot.window for slot in slots] == [*MONTHS[:3], year, *MONTHS[3:]]
    assert [slot.is_closing for slot in slots] == [False, False, False, True, False, False]
    told = {each.run_id: RunResults(each, {"BLUEBIRD": PLACED}) for each in runs.values()}
    [line] = build_trend(slots, told, ["BLUEBIRD"]).lines
    assert line.joins == ((0, 1), (1, 2), (2, 4), (4, 5))
    early = replace(closing, as_of=close_of(2025) - timedelta(seconds=1))
    assert len(build_slots(MONTHS, {**runs, year: early})) == 5


def test_the_newest_run_of_a_window_speaks_unless_a_scheme_is_named() -> None:
    old, new = run(MONTHS[0], "a"), run(MONTHS[0], "b", number=2, as_of=datetime(2026, 3, 6, tzinfo=UTC))
    runs = {"b": {MONTHS[0]: new}, "a": {MONTHS[0]: old}}
    assert choose_runs(runs, None) == {MONTHS[0]: new}
    assert choose_runs(runs, "a") == {MONTHS[0]: old}
    assert choose_runs(runs, "c") == {}


def test_windows_come_the_oldest_first_in_every_rhythm() -> None:
    today = date(2026, 3, 1)
    assert windows_before(today, Rhythm.MONTHS, 2) == [
        Window(date(2026, 1, 1), date(2026, 2, 1)),
        Window(date(2026, 2, 1), date(2026, 3, 1)),
    ]
    assert windows_before(today, Rhythm.YEARS, 2) == [year_of(2024), year_of(2025)]
    days = windows_before(today, Rhythm.DAYS, 3)
    assert [window.last_day for window in days] == [date(2026, 2, 27), date(2026, 2, 28), today]
    assert {(window.to_date - window.from_date).days for window in days} == {30}
    assert windows_before(date(2001, 1, 1), Rhythm.YEARS, 36) == [year_of(2000)]


def test_only_a_whole_calendar_year_is_one() -> None:
    assert is_year(year_of(2025))
    assert not is_year(Window(date(2025, 1, 1), date(2025, 12, 31)))
    assert not is_year(Window(date(2025, 1, 1), date(2027, 1, 1)))
    assert not is_year(Window(date(2025, 2, 1), date(2026, 2, 1)))
