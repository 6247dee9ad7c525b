"""Working days (工作日): known days of 2024 to 2026, and the laws of counting."""

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.working_days import (
    Deadline,
    calendar_days_after,
    count_working_days,
    is_working_day,
    last_published_year,
    local_day_of,
    working_days_after,
)

PUBLISHED = st.dates(date(2006, 1, 1), date(2026, 12, 31))
ANY_DAY = st.dates(date(2006, 1, 1), date(2060, 12, 31))
COUNTS = st.integers(1, 90)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2024-02-04", True),  # Sunday, made up for Spring Festival
        ("2024-02-09", True),  # New Year's Eve itself was a working day that year
        ("2024-02-12", False),
        ("2024-02-18", True),  # Sunday, made up
        ("2024-04-07", True),  # Sunday, for Tomb-Sweeping Day
        ("2024-09-14", True),  # Saturday, for Mid-Autumn
        ("2024-09-29", True),  # Sunday, for National Day
        ("2024-10-07", False),
        ("2024-10-12", True),  # Saturday, for National Day
        ("2025-01-26", True),  # Sunday, for Spring Festival
        ("2025-01-28", False),  # New Year's Eve, a day off from 2025 on
        ("2025-02-04", False),
        ("2025-02-08", True),  # Saturday
        ("2025-04-27", True),  # Sunday, for Labour Day
        ("2025-10-08", False),  # National Day and Mid-Autumn were eight days
        ("2025-10-11", True),  # Saturday
        ("2026-01-04", True),  # Sunday, for New Year
        ("2026-02-14", True),  # Saturday, for Spring Festival
        ("2026-02-23", False),
        ("2026-02-28", True),  # Saturday
        ("2026-09-20", True),  # Sunday, for National Day
        ("2026-10-07", False),
        ("2026-10-10", True),  # Saturday
        ("2026-10-11", False),
        ("2026-11-23", True),
    ],
)
def test_days_off_and_make_up_days_are_the_state_councils(day: str, works: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2024-09-30", 7, "2024-10-15"),  # seven days off, a make-up Saturday, a Sunday
        ("2025-01-24", 5, "2025-02-07"),  # a make-up Sunday, then eight days off
        ("2025-09-30", 15, "2025-10-28"),
        ("2026-02-13", 3, "2026-02-25"),  # make-up Saturday, nine days off
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-11-20", 15, "2026-12-11"),
    ],
)
def test_terms_of_working_days_end_on_known_days(start: str, count: int, end: str) -> None:
    found = working_days_after(date.fromisoformat(start), count)
    assert found == Deadline(date.fromisoformat(end), provisional=False)


def test_a_term_past_the_last_published_year_is_provisional() -> None:
    eve = date(last_published_year(), 12, 31)
    assert working_days_after(eve, 1).provisional
    assert working_days_after(eve - timedelta(days=10), 30).provisional
    assert not working_days_after(eve - timedelta(days=30), 5).provisional
    assert calendar_days_after(eve, 1, rolls=True).provisional
    assert not calendar_days_after(eve, 7).provisional  # plain days are sure


def test_an_unpublished_year_still_leaves_out_statutory_days() -> None:
    new_year = date(last_published_year() + 1, 1, 1)
    assert not is_working_day(new_year)
    assert not is_working_day(date(2033, 1, 31))  # Spring Festival of 2033, a Monday


def test_the_start_is_the_day_in_shanghai() -> None:
    assert local_day_of(datetime(2026, 9, 30, 16, 0, tzinfo=UTC)) == date(2026, 10, 1)
    assert local_day_of(datetime(2026, 9, 30, 15, 59, tzinfo=UTC)) == date(2026, 9, 30)


def test_a_plain_day_count_rolls_to_the_next_working_day_only_if_asked() -> None:
    start = date(2026, 9, 26)
    assert calendar_days_after(start, 7).day == date(2026, 10, 3)
    assert calendar_days_after(start, 7, rolls=True).day == date(2026, 10, 8)
    assert calendar_days_after(start, 3, rolls=True).day == date(2026, 9, 29)


@pytest.mark.parametrize("count", [0, -1])
def test_a_term_without_days_is_no_term(count: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        working_days_after(date(2026, 1, 1), count)
    with pytest.raises(ValueError, match="at least one day"):
        calendar_days_after(date(2026, 1, 1), count)


def test_a_term_is_missed_only_after_its_last_day() -> None:
    deadline = Deadline(date(2026, 10, 8), provisional=False)
    assert not deadline.is_missed(date(2026, 10, 8))
    assert deadline.is_missed(date(2026, 10, 9))


@given(ANY_DAY, COUNTS)
def test_a_term_ends_on_a_working_day_and_holds_as_many(day: date, count: int) -> None:
    end = working_days_after(day, count).day
    assert is_working_day(end)
    assert count_working_days(day, end) == count


@given(ANY_DAY, COUNTS, COUNTS)
def test_one_term_after_another_is_their_sum(day: date, one: int, other: int) -> None:
    whole = working_days_after(day, one + other)
    parts = working_days_after(working_days_after(day, one).day, other)
    assert whole.day == parts.day


@given(ANY_DAY, COUNTS)
def test_a_later_start_never_ends_earlier(day: date, count: int) -> None:
    assert working_days_after(day, count).day <= working_days_after(day + timedelta(days=1), count).day


@given(ANY_DAY, COUNTS)
def test_rolling_moves_an_end_only_over_days_off(day: date, count: int) -> None:
    plain, rolled = calendar_days_after(day, count).day, calendar_days_after(day, count, rolls=True).day
    assert is_working_day(rolled)
    assert not any(is_working_day(plain + timedelta(days=each)) for each in range((rolled - plain).days))


@given(PUBLISHED)
def test_two_calendars_that_know_nothing_of_each_other_agree(day: date) -> None:
    assert is_working_day(day) == holidays.country_holidays("CN", years=day.year).is_working_day(day)
