"""Accounts in the store (账号): one of a name, closed at once when disabled, a code used once."""

from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from tests.access.world import NOW, make_account
from tracker.access.accounts import (
    account_of,
    add_account,
    disable_account,
    find_accounts,
    has_administrator,
    reset_account,
    save_password,
    save_scope,
    save_totp,
    take_totp_step,
)
from tracker.access.api_tokens import add_api_token, token_of_bearer
from tracker.access.audit import Action, Outcome, append_audit
from tracker.access.last_logins import last_logins_of
from tracker.access.roles import EVERYTHING, AccountMalformed, Role, Scope
from tracker.access.sessions import open_session, session_of_cookie
from tracker.store.database import reading, transaction


def test_a_login_name_is_one_accounts(engine: Engine) -> None:
    with transaction(engine) as session:
        assert not has_administrator(session)
        made = make_account(session, "Anna")
        assert add_account(session, "ANNA", Role.PLATFORM, Scope(platform="SHOP"), password_hash=None,
                           password_until=None, made_at=NOW) is None  # fmt: skip
    with reading(engine) as session:
        assert find_accounts(session) == [made] == [account_of(session, "anna")]
        assert account_of(session, "bert") is None
        assert has_administrator(session)


def test_an_account_that_cannot_be_is_not_written(engine: Engine) -> None:
    with pytest.raises(AccountMalformed), transaction(engine) as session:
        add_account(session, "carla", Role.CARRIER, EVERYTHING, password_hash=None, password_until=None, made_at=NOW)
    with reading(engine) as session:
        assert find_accounts(session) == []


@pytest.mark.parametrize("end", ["disable", "reset"])
def test_disabled_or_reset_every_way_in_is_closed(engine: Engine, end: str) -> None:
    with transaction(engine) as session:
        account = make_account(session)
        save_totp(session, account.account_no, b"sealed", step=7)
        open_session(session, token_hash=b"s", account_no=account.account_no, csrf="c", now=NOW)
        add_api_token(session, account, token_hash=b"t", scopes=["devices:read"], days=1, now=NOW)
        assert session_of_cookie(session, b"s", now=NOW) is not None
        assert token_of_bearer(session, b"t", now=NOW) is not None
    with transaction(engine) as session:
        if end == "disable":
            disable_account(session, account.account_no, at=NOW)
        else:
            reset_account(session, account.account_no, password_hash="n", password_until=NOW + timedelta(days=7))
    with reading(engine) as session:
        assert session_of_cookie(session, b"s", now=NOW) is None
        assert token_of_bearer(session, b"t", now=NOW) is None
        found = account_of(session, "anna")
        assert found is not None
        assert (found.disabled_at is None, found.must_change) == (end == "reset", end == "reset")
        assert (found.totp_secret is None) is (end == "reset")


def test_a_reset_opens_a_disabled_account_again_and_its_own_password_ends_the_change(engine: Engine) -> None:
    with transaction(engine) as session:
        account = make_account(session)
        disable_account(session, account.account_no, at=NOW)
        reset_account(session, account.account_no, password_hash="n", password_until=NOW + timedelta(days=7))
        save_password(session, account.account_no, "own")
    with reading(engine) as session:
        found = account_of(session, "anna")
    assert found is not None
    assert (found.password_hash, found.must_change, found.disabled_at) == ("own", False, None)


def test_a_step_is_taken_once_and_none_before_it(engine: Engine) -> None:
    with transaction(engine) as session:
        account = make_account(session)
        save_totp(session, account.account_no, b"sealed", step=100)
    taken = []
    for step in (100, 101, 101, 99, 103, 102):
        with transaction(engine) as session:
            taken.append(take_totp_step(session, account.account_no, step))
    assert taken == [False, True, False, False, True, False]


def test_another_scope_fits_the_role_and_closes_what_was_open(engine: Engine) -> None:
    with transaction(engine) as session:
        account = make_account(session, "carla", Role.CARRIER, Scope("BLUEBIRD"))
        open_session(session, token_hash=b"s", account_no=account.account_no, csrf="c", now=NOW)
        save_scope(session, account, Scope("EVENWAY"))
    with reading(engine) as session:
        moved = account_of(session, "carla")
        assert moved is not None
        assert (moved.role, moved.scope) == (Role.CARRIER, Scope("EVENWAY"))
        assert session_of_cookie(session, b"s", now=NOW) is None
    for wrong in (EVERYTHING, Scope("EVENWAY", "CQ-01"), Scope("not a code")):
        with pytest.raises(AccountMalformed), transaction(engine) as session:
            save_scope(session, account, wrong)


def test_accounts_are_found_by_what_their_names_hold_a_page_at_a_time(engine: Engine) -> None:
    with transaction(engine) as session:
        for login in ("anna", "bert", "hanna", "h_x"):
            make_account(session, login)
    with reading(engine) as session:
        names = [each.login for each in find_accounts(session, holding="anna")]
        assert names == ["anna", "hanna"]
        assert [each.login for each in find_accounts(session, after="anna", limit=2)] == ["bert", "h_x"]
        assert [each.login for each in find_accounts(session, holding="_")] == ["h_x"]


def test_the_last_login_is_the_one_that_came_all_the_way(engine: Engine) -> None:
    def enter(login: str, action: Action, hours: int, outcome: Outcome = Outcome.DONE) -> None:
        with transaction(engine) as session:
            append_audit(session, action, at=NOW + timedelta(hours=hours), actor=login, role="x", outcome=outcome)

    with transaction(engine) as session:
        plain, coded, never = (make_account(session, login) for login in ("anna", "bert", "carla"))
        save_totp(session, coded.account_no, b"sealed", step=1)
    for login in ("anna", "bert"):
        enter(login, Action.LOGIN, 1)
        enter(login, Action.SECOND_FACTOR, 2)
        enter(login, Action.LOGIN, 3)
        enter(login, Action.LOGIN, 4, Outcome.REFUSED)
        enter(login, Action.SECOND_FACTOR, 5, Outcome.REFUSED)
    with reading(engine) as session:
        found = last_logins_of(session, [each.account_no for each in (plain, coded, never)])
    assert found == {plain.account_no: NOW + timedelta(hours=3), coded.account_no: NOW + timedelta(hours=2)}
