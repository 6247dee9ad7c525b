"""API tokens (接口令牌): no more than the role, for a time, revoked by their owner only."""

from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from tests.access.world import NOW, make_account
from tracker.access.api_tokens import (
    LONGEST_DAYS,
    MOST,
    SCOPES_OF,
    TokenMalformed,
    TokenScope,
    add_api_token,
    find_api_tokens,
    revoke_api_token,
    token_of_bearer,
)
from tracker.access.roles import Role, Scope
from tracker.access.tokens import hash_token, new_api_token, new_token
from tracker.store.database import reading, transaction

DAY = timedelta(days=1)


def test_a_token_is_in_force_for_its_time_and_until_it_is_revoked(engine: Engine) -> None:
    with transaction(engine) as session:
        account = make_account(session)
        number = add_api_token(session, account, token_hash=b"t", scopes=["devices:read"], days=2, now=NOW)
    with transaction(engine) as session:
        token = token_of_bearer(session, b"t", now=NOW + DAY)
        assert token is not None
        assert (token.token_no, token.scopes, token.account) == (number, {TokenScope.DEVICES_READ}, account)
        assert token_of_bearer(session, b"t", now=NOW + 2 * DAY) is None
        assert token_of_bearer(session, b"u", now=NOW) is None
        assert not revoke_api_token(session, number, account_no=account.account_no + 1, at=NOW)
        assert revoke_api_token(session, number, account_no=account.account_no, at=NOW)
        assert not revoke_api_token(session, number, account_no=None, at=NOW)
    with reading(engine) as session:
        assert token_of_bearer(session, b"t", now=NOW) is None
        assert [each.revoked_at for each in find_api_tokens(session)] == [NOW]
        assert find_api_tokens(session, account.account_no + 1) == []


@pytest.mark.parametrize("scopes", [[], ["quarantine:read"], ["devices:read", "audit:read"], ["x"], ["a' OR 1=1"]])
def test_a_scope_that_the_role_has_not_is_refused(engine: Engine, scopes: list[str]) -> None:
    with transaction(engine) as session:
        account = make_account(session, role=Role.CARRIER, scope=Scope("BLUEBIRD"))
    with pytest.raises(TokenMalformed), transaction(engine) as session:
        add_api_token(session, account, token_hash=b"t", scopes=scopes, days=1, now=NOW)


@pytest.mark.parametrize("days", [0, -1, LONGEST_DAYS + 1])
def test_no_token_is_for_ever(engine: Engine, days: int) -> None:
    with pytest.raises(TokenMalformed), transaction(engine) as session:
        add_api_token(session, make_account(session), token_hash=b"t", scopes=["devices:read"], days=days, now=NOW)


def test_an_accounts_tokens_are_bounded(sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as session:
        account = make_account(session)
        for number in range(MOST):
            add_api_token(session, account, token_hash=bytes([number]), scopes=["devices:read"], days=1, now=NOW)
        with pytest.raises(TokenMalformed):
            add_api_token(session, account, token_hash=b"more", scopes=["devices:read"], days=1, now=NOW)
        later = NOW + DAY
        assert add_api_token(session, account, token_hash=b"more", scopes=["devices:read"], days=1, now=later)


def test_every_role_says_what_its_tokens_may() -> None:
    assert set(SCOPES_OF) == set(Role)
    assert SCOPES_OF[Role.VAULT_OFFICER] == frozenset()


def test_tokens_are_long_random_and_kept_as_a_hash() -> None:
    tokens = {new_token() for _ in range(50)} | {new_api_token() for _ in range(50)}
    assert len(tokens) == 100
    assert all(len(each.removeprefix("jixin_")) == 43 for each in tokens)
    assert len({hash_token(each) for each in tokens}) == 100
    assert hash_token("\udcff") != hash_token("?")
