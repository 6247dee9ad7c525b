"""Sessions (会话): in force for a while, as far as they have come, bounded in number."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from tests.access.world import NOW, make_account
from tracker.access.accounts import save_totp
from tracker.access.roles import Role, Scope
from tracker.access.sessions import (
    IDLE,
    LONGEST,
    MOST,
    Standing,
    close_other_sessions,
    close_session,
    is_seen_long_ago,
    open_session,
    save_seen,
    session_of_cookie,
)
from tracker.store.database import reading, transaction
from tracker.store.tables.access import LoginSessionRow

MINUTE = timedelta(minutes=1)


def opened(engine: Engine, role: Role = Role.ADMINISTRATOR, scope: Scope | None = None, **values: datetime) -> int:
    with transaction(engine) as session:
        account = make_account(session, role=role, scope=scope or Scope())
        open_session(session, token_hash=b"s", account_no=account.account_no, csrf="c", now=NOW, **values)
    return account.account_no


def is_open(engine: Engine, token_hash: bytes, now: datetime) -> bool:
    with reading(engine) as session:
        return session_of_cookie(session, token_hash, now=now) is not None


def test_a_session_ends_when_unused_and_in_any_case_after_a_shift(engine: Engine) -> None:
    opened(engine)
    assert is_open(engine, b"s", NOW + IDLE - MINUTE)
    assert not is_open(engine, b"s", NOW + IDLE)
    assert not is_open(engine, b"x", NOW)
    at = NOW
    while at < NOW + LONGEST:
        assert is_open(engine, b"s", at)
        with transaction(engine) as session:
            found = session_of_cookie(session, b"s", now=at)
            assert found is not None
            if is_seen_long_ago(found, now=at):
                save_seen(session, b"s", now=at)
        at += IDLE / 2
    assert not is_open(engine, b"s", at)


@pytest.mark.parametrize("role", Role)
def test_who_may_see_more_stands_fully_only_after_the_second_factor(engine: Engine, role: Role) -> None:
    scope = {
        Role.COURIER: Scope("A", "B"), Role.STATION_MANAGER: Scope("A", "B"), Role.CARRIER: Scope("A"),
        Role.PLATFORM: Scope(platform="P"),
    }.get(role, Scope())  # fmt: skip
    number = opened(engine, role, scope)
    sees_more = role in (Role.CARRIER, Role.REGULATOR, Role.VAULT_OFFICER, Role.ADMINISTRATOR)
    with transaction(engine) as session:
        found = session_of_cookie(session, b"s", now=NOW)
        assert found is not None
        assert found.standing is (Standing.ENROLMENT if sees_more else Standing.FULL)
        save_totp(session, number, b"sealed", step=1)
    with transaction(engine) as session:
        found = session_of_cookie(session, b"s", now=NOW)
        assert found is not None
        assert found.standing is Standing.CODE
        assert not found.passed_within(MINUTE, now=NOW)
        open_session(session, token_hash=b"2", account_no=number, csrf="c", now=NOW, second_factor_at=NOW)
    with reading(engine) as session:
        found = session_of_cookie(session, b"2", now=NOW + 2 * MINUTE)
    assert found is not None
    assert found.standing is Standing.FULL
    assert found.passed_within(2 * MINUTE, now=NOW + 2 * MINUTE)
    assert not found.passed_within(MINUTE, now=NOW + 2 * MINUTE)


def test_sessions_are_bounded_and_those_that_ended_are_removed(engine: Engine) -> None:
    number = opened(engine)
    for turn in range(MOST + 3):
        with transaction(engine) as session:
            at = NOW + (turn + 1) * MINUTE
            open_session(session, token_hash=bytes([turn]), account_no=number, csrf="c", now=at)
    at = NOW + (MOST + 3) * MINUTE
    assert [is_open(engine, bytes([turn]), at) for turn in range(MOST + 3)] == [False] * 3 + [True] * MOST
    with transaction(engine) as session:
        later = at + LONGEST
        open_session(session, token_hash=b"later", account_no=number, csrf="c", now=later)
        assert session.get(LoginSessionRow, bytes([MOST])) is None


def test_a_logout_ends_one_and_a_new_password_the_others(engine: Engine) -> None:
    number = opened(engine)
    with transaction(engine) as session:
        for name in (b"2", b"3"):
            open_session(session, token_hash=name, account_no=number, csrf="c", now=NOW)
        close_session(session, b"2")
    assert [is_open(engine, name, NOW) for name in (b"s", b"2", b"3")] == [True, False, True]
    with transaction(engine) as session:
        close_other_sessions(session, number, keep=b"3")
    assert [is_open(engine, name, NOW) for name in (b"s", b"2", b"3")] == [False, False, True]
