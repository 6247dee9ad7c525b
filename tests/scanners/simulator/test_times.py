"""Times: the delivery-time generator meets the national figures; days have hours."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.simulator.times import LOCAL_OFFSET, draw_hours, hour_of, move_to_daytime, next_morning, order_time
from tracker.wire.details import LOCAL

_moments = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_delivery_times_meet_the_national_figures_of_2024():
    random = Random(1)
    drawn = [draw_hours(random) for _ in range(40_000)]
    within = {limit: sum(hours <= limit for hours in drawn) / len(drawn) for limit in (48, 72, 168, 240)}
    assert mean(drawn) == pytest.approx(53.8, abs=1.0)
    assert within[48] == pytest.approx(0.683, abs=0.01)
    assert within[72] == pytest.approx(0.844, abs=0.01)
    assert 1 - within[168] == pytest.approx(0.042, abs=0.005)
    assert 1 - within[240] == pytest.approx(0.009, abs=0.003)


def test_a_slower_pace_and_more_stuck_parcels_never_deliver_sooner():
    for seed in range(200):
        base = draw_hours(Random(seed))
        assert draw_hours(Random(seed), pace=1.2) > base
        assert draw_hours(Random(seed), slow=0.5) >= base


def test_the_local_offset_is_that_of_shanghai():
    now = datetime(2026, 7, 1, tzinfo=UTC)
    assert now.astimezone(LOCAL).utcoffset() == now.astimezone(LOCAL_OFFSET).utcoffset()


@given(first=st.floats(0, 0.999), second=st.floats(0, 0.999))
def test_orders_come_in_the_order_of_their_quantiles_within_the_day(first, second):
    day = date(2026, 5, 1)
    low, high = (order_time(day, quantile) for quantile in sorted((first, second)))
    assert low <= high
    assert {low.date(), high.date()} == {day}


def test_people_order_by_day_more_than_by_night():
    hours = [order_time(date(2026, 5, 1), number / 1000).hour for number in range(1000)]
    assert sum(8 <= hour < 20 for hour in hours) > 700
    assert sum(2 <= hour < 6 for hour in hours) == 0


@given(moment=_moments, seed=st.integers(0, 1000))
def test_a_sign_off_is_moved_into_the_nearer_daytime(moment, seed):
    moved = move_to_daytime(moment, Random(seed))
    assert 8 <= hour_of(moved) < 21.01
    assert abs(moved - moment) < timedelta(hours=8)


@given(moment=_moments, seed=st.integers(0, 1000))
def test_the_next_morning_comes_within_a_day_and_a_half(moment, seed):
    morning = next_morning(moment, Random(seed))
    assert moment < morning < moment + timedelta(hours=27)
    assert 8.4 < hour_of(morning) < 10.6
