"""Wrong tries: counted for an hour, each subject by its own limit, in a table that does not grow without end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tracker.store import door_misses
from tracker.store.database import reading, transaction
from tracker.store.door_misses import WINDOW, count_try, forget_try

NOW = datetime(2026, 10, 18, 6, 3, tzinfo=UTC)
LIMITS = {"parcel": 3, "address": 5}


def tries(engine: Engine, limits: dict[str, int], number: int, *, now: datetime = NOW) -> list[timedelta | None]:
    waits = []
    for _ in range(number):
        with transaction(engine) as session:
            waits.append(count_try(session, limits, now=now))
    return waits


def rows(engine: Engine) -> int:
    with reading(engine) as session:
        return session.connection().execute(sa.text("SELECT count(*) FROM door_miss")).scalar_one()


def test_after_its_limit_a_subject_waits_until_an_hour_after_the_first(engine: Engine) -> None:
    assert tries(engine, LIMITS, 3) == [None, None, None]
    later = NOW + timedelta(minutes=40)
    assert tries(engine, LIMITS, 1, now=later) == [timedelta(minutes=20)]
    assert tries(engine, {"parcel": 3}, 1, now=NOW + WINDOW) == [None]
    assert tries(engine, {"parcel": 3}, 2, now=NOW + WINDOW) == [None, None]


def test_each_subject_has_its_own_limit_and_the_longest_wait_counts(engine: Engine) -> None:
    assert tries(engine, {"address": 5}, 5) == [None] * 5
    assert tries(engine, {"parcel": 3, "address": 5}, 1) == [WINDOW]
    assert tries(engine, {"another": 3}, 3) == [None] * 3


def test_a_hit_is_taken_back(engine: Engine) -> None:
    for _ in range(20):
        with transaction(engine) as session:
            assert count_try(session, LIMITS, now=NOW) is None
            forget_try(session, LIMITS)
    assert tries(engine, LIMITS, 4) == [None, None, None, WINDOW]


def test_tries_at_the_same_moment_are_all_counted(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda _: tries(engine, LIMITS, 1)[0], range(12)))
    assert waits.count(None) == 3


def test_what_an_hour_has_passed_over_is_gone_and_the_table_is_bounded(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        tries(engine, {f"old {number}": 3}, 1, now=NOW - WINDOW)
    tries(engine, LIMITS, 1)
    assert rows(engine) == 2
    monkeypatch.setattr(door_misses, "MOST_ROWS", 4)
    for number in range(10):
        tries(engine, {f"new {number}": 3}, 1, now=NOW + timedelta(seconds=number))
    assert rows(engine) == 5
