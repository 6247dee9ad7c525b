"""Login attempts (登录尝试): counted before they are looked at, locked for longer and longer, bounded."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlmodel import select

from tests.access.world import NOW
from tracker.access import attempts
from tracker.access.attempts import (
    FORGOTTEN,
    LONGEST,
    SHORTEST,
    TRIES,
    Counted,
    Kind,
    begin_attempt,
    lock_of,
    take_back,
    unlock,
)
from tracker.store.database import reading, transaction
from tracker.store.tables.access import LoginAttemptRow

ANNA, NOBODY, HERE = Counted(Kind.ACCOUNT, "anna"), Counted(Kind.NOBODY, "x"), Counted(Kind.ADDRESS, "here")
SECOND = timedelta(seconds=1)


def tries(engine: Engine, *counted: Counted, count: int = 1, after: timedelta = timedelta()) -> list[bool]:
    """For each try whether it is looked at."""
    looked = []
    for _ in range(count):
        with transaction(engine) as session:
            looked.append(begin_attempt(session, counted, now=NOW + after) is None)
    return looked


@given(st.sampled_from(Kind), st.integers(0, 10_000))
def test_more_wrong_tries_never_lock_for_less(kind: Kind, failures: int) -> None:
    now, then = lock_of(kind, failures), lock_of(kind, failures + 1)
    assert (now is None) == (failures < TRIES[kind])
    assert then is None or (SHORTEST <= then <= LONGEST and (now or timedelta()) <= then)


def test_after_five_wrong_tries_an_account_waits_and_then_longer(engine: Engine) -> None:
    assert tries(engine, ANNA, HERE, count=8) == [True] * 5 + [False] * 3
    with transaction(engine) as session:
        assert begin_attempt(session, [ANNA], now=NOW) == NOW + SHORTEST
    assert tries(engine, ANNA, count=2, after=SHORTEST) == [True, False]
    assert tries(engine, ANNA, after=3 * SHORTEST - SECOND) == [False]
    assert tries(engine, ANNA, after=3 * SHORTEST) == [True]


def test_a_right_one_is_taken_back(engine: Engine) -> None:
    for _ in range(20):
        assert tries(engine, ANNA, HERE) == [True]
        with transaction(engine) as session:
            take_back(session, [ANNA, HERE])
    with reading(engine) as session:
        assert [(row.subject, row.failures) for row in session.exec(select(LoginAttemptRow))] == [("address:here", 0)]


def test_an_address_that_knows_one_password_still_waits_for_the_others(engine: Engine) -> None:
    for number in range(TRIES[Kind.ADDRESS]):
        assert tries(engine, Counted(Kind.ACCOUNT, f"a{number}"), HERE) == [True]
        if number % 2 and tries(engine, ANNA, HERE) == [True]:
            with transaction(engine) as session:
                take_back(session, [ANNA, HERE])
    assert tries(engine, Counted(Kind.ACCOUNT, "fresh"), HERE) == [False]


def test_a_name_that_is_nobodys_locks_like_any(engine: Engine) -> None:
    assert tries(engine, NOBODY, count=8) == tries(engine, ANNA, count=8)


def test_wrong_tries_are_forgotten_in_a_day_and_by_a_reset(engine: Engine) -> None:
    tries(engine, ANNA, count=4)
    assert tries(engine, ANNA, count=5, after=FORGOTTEN) == [True] * 5
    assert tries(engine, ANNA, after=FORGOTTEN) == [False]
    with transaction(engine) as session:
        unlock(session, ANNA)
    assert tries(engine, ANNA, after=FORGOTTEN) == [True]


def test_many_at_once_are_no_more_guesses(engine: Engine) -> None:
    looked: list[bool] = []
    threads = [threading.Thread(target=lambda: looked.extend(tries(engine, ANNA, HERE))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (looked.count(True), len(looked)) == (5, 12)


def test_a_flood_of_names_is_bounded_and_pushes_out_no_account(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST", 10)
    tries(engine, ANNA, count=5)
    for number in range(30):
        tries(engine, Counted(Kind.NOBODY, f"n{number}"), Counted(Kind.ADDRESS, f"h{number}"), after=number * SECOND)
    with reading(engine) as session:
        rows = session.exec(select(LoginAttemptRow)).all()
    assert sorted(row.kind for row in rows) == ["account"] + ["address"] * 10 + ["nobody"] * 10
    assert "account:n29" in {row.subject for row in rows}
    assert tries(engine, ANNA, after=30 * SECOND) == [False]
