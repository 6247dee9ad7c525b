"""The clocks: 20 days for a filing by the law of its day, 10 for an update, 15 February, the 10th of the month."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.archive.clocks import (
    Month,
    close_of,
    filing_due,
    filing_law,
    is_after_close,
    is_backdated,
    months_within,
    update_due,
)
from credit_scoring.errors import ArchiveRefused

DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))


def test_an_outlet_is_filed_in_20_days_by_the_article_of_its_opening() -> None:
    assert filing_due(date(2026, 3, 1)).day == date(2026, 3, 21)
    before, after = filing_law(date(2025, 5, 31)), filing_law(date(2025, 6, 1))
    assert (before.article, before.fine_article, before.order) == (18, 40, 697)
    assert (after.article, after.fine_article, after.order) == (19, 50, 806)


def test_a_changed_penalty_is_recorded_in_10_days() -> None:
    due = update_due(date(2026, 9, 1))
    assert due.day == date(2026, 9, 11)
    assert [due.is_missed(date(2026, 9, day)) for day in (11, 12)] == [False, True]


def test_a_year_closes_with_15_february_in_shanghai() -> None:
    assert close_of(2026) == datetime(2027, 2, 15, 16, 0, tzinfo=UTC)
    day, last = date(2026, 12, 31), datetime(2027, 2, 15, 15, 59, 59, tzinfo=UTC)
    assert not is_after_close(day, last)
    assert is_after_close(day, last + timedelta(seconds=1))
    assert not is_after_close(date(2027, 1, 1), last + timedelta(seconds=1))


def test_a_document_of_long_ago_is_marked() -> None:
    recorded = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
    assert is_backdated(date(2026, 8, 1), recorded)
    assert not is_backdated(date(2026, 8, 2), recorded)


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-1", "1999-12", "2100-01", "2026-03-01", "x", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ArchiveRefused):
        Month.parse(text)


def test_a_volume_is_due_on_the_10th_of_the_next_month() -> None:
    assert Month.parse("2026-12").due == date(2027, 1, 10)
    assert str(Month.parse("2026-03").next) == "2026-04"


@given(start=DAYS, days=st.integers(1, 800))
def test_months_within_a_window_are_whole_and_none_is_left_out(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    months = months_within(start, end)
    assert all(start <= each.first and each.next.first <= end for each in months)
    inside = {(day.year, day.month) for day in (start + timedelta(days=number) for number in range(days))}
    whole = {(y, m) for y, m in inside if Month(y, m).first >= start and Month(y, m).next.first <= end}
    assert {(each.year, each.number) for each in months} == whole
