"""The window: local days, `to` exclusive."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.errors import WindowInvalid
from credit_scoring.evidence.window import FIRST_DAY, LAST_DAY, Window
from tracker.working_days import local_day_of

TODAY = date(2026, 6, 15)


def test_the_default_is_the_last_thirty_local_days_and_today_is_one_of_them() -> None:
    window = Window.parse(None, None, today=TODAY)
    assert window == Window(date(2026, 5, 17), date(2026, 6, 16))
    assert window.to_date - window.from_date == timedelta(days=30)


def test_a_window_begins_and_ends_at_midnight_in_shanghai() -> None:
    window = Window.parse("2021-05-01", "2021-05-02", today=TODAY)
    assert window.start == datetime(2021, 4, 30, 16, tzinfo=UTC)
    assert window.end == datetime(2021, 5, 1, 16, tzinfo=UTC)
    assert window.start.tzinfo is UTC


def test_without_from_a_window_is_thirty_days_long() -> None:
    assert Window.parse(None, "2021-05-31", today=TODAY) == Window(date(2021, 5, 1), date(2021, 5, 31))


def test_without_to_a_window_ends_with_today() -> None:
    assert Window.parse("2026-06-15", "", today=TODAY) == Window(TODAY, date(2026, 6, 16))


@pytest.mark.parametrize(
    ("from_", "to", "code"),
    [
        ("2021-05-02", "2021-05-02", "window_empty"),
        ("2021-05-03", "2021-05-02", "window_empty"),
        ("2026-06-16", None, "window_empty"),
        ("20210501", None, "date_invalid"),
        ("2021-W17-6", None, "date_invalid"),
        ("2021-05-32", None, "date_invalid"),
        ("2021-05-01T00:00", None, "date_invalid"),
        ("2021-05-01\n", None, "date_invalid"),
        ("二〇二一", None, "date_invalid"),
        ("2021-0٥-01", None, "date_invalid"),
        ("0001-01-01", None, "date_out_of_range"),
        ("2021-05-01", "9999-12-31", "date_out_of_range"),
        (None, "2000-01-15", "date_out_of_range"),
    ],
)
def test_what_is_not_a_window_is_refused_with_its_code(from_: str | None, to: str | None, code: str) -> None:
    with pytest.raises(WindowInvalid) as refused:
        Window.parse(from_, to, today=TODAY)
    assert refused.value.code == code
    assert isinstance(refused.value, ValueError)


@given(st.dates(FIRST_DAY, LAST_DAY - timedelta(days=1)))
def test_every_moment_lies_in_the_window_of_its_local_day_alone(day: date) -> None:
    window = Window(day, day + timedelta(days=1))
    assert local_day_of(window.start) == day
    assert local_day_of(window.end - timedelta(microseconds=1)) == day
    assert local_day_of(window.end) == day + timedelta(days=1)
