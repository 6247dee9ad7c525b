"""The accounts commands (账号命令): add, list, disable, reset, tokens; each leaves an entry in the audit log."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import Engine
from sqlmodel import Session

from tracker.access.accounts import (
    Account,
    AccountState,
    account_of,
    add_account,
    disable_account,
    find_accounts,
    has_administrator,
    reset_account,
    save_scope,
)
from tracker.access.api_tokens import TokenMalformed, TokenScope, add_api_token, find_api_tokens, revoke_api_token
from tracker.access.attempts import unlock
from tracker.access.audit import CONSOLE, Action, append_audit
from tracker.access.roles import EVERYTHING, AccountMalformed, Role, Scope, parse_login
from tracker.access.tokens import hash_token, new_api_token
from tracker.store.database import reading, transaction
from web.accounts.keys import read_account_keys
from web.accounts.login import counted_account
from web.accounts.passwords import ONE_TIME_FOR, hash_password, new_one_time_password
from web.commands.running import InstallationError, Misused
from web.commands.services import open_store
from web.settings import Settings

FIRST_LOGIN = "admin"
STATES = {
    AccountState.ENABLED: "启用 enabled",
    AccountState.ONE_TIME: "一次性密码 one-time password",
    AccountState.ONE_TIME_OVER: "一次性密码已过期 password expired",
    AccountState.NO_PASSWORD: "无密码 no password",
    AccountState.DISABLED: "已停用 disabled",
}


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """A new account and its one-time password, which is kept nowhere."""

    login: str
    role: Role
    reach: str
    password: str


def parse_role(text: str) -> Role:
    """Raises Misused, naming the roles there are."""
    try:
        return Role(text.replace("-", "_"))
    except ValueError:
        raise Misused(f"没有这个角色 no such role: {text} · 可选 there are {', '.join(Role)}") from None


def run_add(settings: Settings, login: str, role: Role, scope: Scope) -> Made:
    """Add an account. Raises Misused, InstallationError where the name is taken."""
    return make_account(open_store(settings), login, role, scope)


def make_account(engine: Engine, login: str, role: Role, scope: Scope = EVERYTHING) -> Made:
    """The same in an open store."""
    password, now = new_one_time_password(), _now()
    phc = hash_password(password)
    try:
        with transaction(engine) as session:
            made = add_account(
                session, login, role, scope, password_hash=phc, password_until=now + ONE_TIME_FOR, made_at=now
            )
            if made is None:
                raise InstallationError(f"登录名已被占用 · the login {login} is taken; see `jixin accounts list`")
            _note(session, Action.ACCOUNT_ADDED, f"{made.login} {role} {scope}", now)
    except AccountMalformed as error:
        raise Misused(str(error)) from error
    return Made(made.login, role, str(scope), password)


def ensure_administrator(engine: Engine) -> Made | None:
    """The first administrator of a new installation; None where there is one."""
    with reading(engine) as session:
        if has_administrator(session):
            return None
    return make_account(engine, FIRST_LOGIN, Role.ADMINISTRATOR)


def run_disable(settings: Settings, login: str) -> str:
    """Disable an account; its login name as it is kept. Raises InstallationError."""
    now = _now()
    with transaction(open_store(settings)) as session:
        account = _known(session, login)
        disable_account(session, account.account_no, at=now)
        _note(session, Action.ACCOUNT_DISABLED, account.login, now)
    return account.login


def run_scope(settings: Settings, login: str, scope: Scope) -> tuple[str, str]:
    """Give an account another scope: its login name, and its reach from now on. Raises Misused, InstallationError."""
    now = _now()
    try:
        with transaction(open_store(settings)) as session:
            account = _known(session, login)
            save_scope(session, account, scope)
            _note(session, Action.SCOPE_CHANGED, f"{account.login} {account.scope} {scope}", now)
    except AccountMalformed as error:
        raise Misused(str(error)) from error
    return account.login, str(scope)


def run_reset(settings: Settings, login: str) -> str:
    """The new one-time password. Raises InstallationError."""
    password, now = new_one_time_password(), _now()
    phc, keys = hash_password(password), read_account_keys(settings.account_key_file)
    with transaction(open_store(settings)) as session:
        account = _known(session, login)
        reset_account(session, account.account_no, password_hash=phc, password_until=now + ONE_TIME_FOR)
        unlock(session, counted_account(keys, account.login))
        _note(session, Action.ACCOUNT_RESET, account.login, now)
    return password


def run_token(settings: Settings, login: str, scopes: Sequence[str], *, days: int) -> tuple[int, str]:
    """A new token's number and the token. Raises InstallationError, Misused."""
    return make_api_token(open_store(settings), login, scopes, days=days)


def make_api_token(engine: Engine, login: str, scopes: Sequence[str], *, days: int) -> tuple[int, str]:
    """The same in an open store."""
    token, now = new_api_token(), _now()
    try:
        with transaction(engine) as session:
            account = _known(session, login)
            number = add_api_token(session, account, token_hash=hash_token(token), scopes=scopes, days=days, now=now)
            _note(session, Action.TOKEN_MADE, str(number), now)
    except TokenMalformed as error:
        raise Misused(str(error)) from error
    return number, token


@contextmanager
def borrowed_token(engine: Engine, role: Role, scope: Scope, may: TokenScope) -> Iterator[str]:
    """A token for one of our own commands, revoked when the block ends; its account has no password to log in with."""
    login, now = f"own-{role.replace('_', '-')}", _now()
    with transaction(engine) as session:
        add_account(session, login, role, scope, password_hash=None, password_until=None, made_at=now)
    number, token = make_api_token(engine, login, [may], days=1)
    try:
        yield token
    finally:
        with transaction(engine) as session:
            revoke_api_token(session, number, account_no=None, at=_now())
            _note(session, Action.TOKEN_REVOKED, str(number), _now())


def run_revoke_token(settings: Settings, number: int) -> bool:
    """Whether there was such a token in force."""
    now = _now()
    with transaction(open_store(settings)) as session:
        known = revoke_api_token(session, number, account_no=None, at=now)
        if known:
            _note(session, Action.TOKEN_REVOKED, str(number), now)
    return known


def list_lines(settings: Settings) -> Iterator[str]:
    """A line an account, its tokens below it."""
    now, found = _now(), _list(settings)
    if not found:
        yield "还没有账号 · no account yet: jixin accounts add LOGIN --role administrator"
    for account, tokens in found:
        yield f"{account.login} · {account.role} · {account.scope} · {STATES[account.state(now)]}"
        for number, scopes, ends in tokens:
            yield f"    令牌 token {number} · {scopes} · 到期 until {ends:%Y-%m-%d}"


def list_json(settings: Settings) -> str:
    """The same for machines."""
    now = _now()
    told = [
        {
            "login": account.login,
            "role": account.role,
            "scope": str(account.scope),
            "state": STATES[account.state(now)].partition(" ")[2],
            "tokens": [{"token": number, "scopes": scopes.split(), "until": ends.isoformat()}
                       for number, scopes, ends in tokens],
        }
        for account, tokens in _list(settings)
    ]  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1)


def _list(settings: Settings) -> list[tuple[Account, list[tuple[int, str, datetime]]]]:
    now = _now()
    with reading(open_store(settings)) as session:
        tokens = [each for each in find_api_tokens(session) if each.in_force(now)]
        return [
            (
                account,
                [
                    (each.token_no, " ".join(sorted(each.scopes)), each.expires_at)
                    for each in tokens
                    if each.account.account_no == account.account_no
                ],
            )
            for account in find_accounts(session)
        ]


def _known(session: Session, login: str) -> Account:
    try:
        account = account_of(session, parse_login(login))
    except AccountMalformed as error:
        raise Misused(str(error)) from error
    if account is None:
        raise InstallationError(f"没有这个账号 · no account {login}: see `jixin accounts list`")
    return account


def _note(session: Session, action: Action, object: str, now: datetime) -> None:
    append_audit(session, action, at=now, actor=CONSOLE, role=CONSOLE, object=object)


def _now() -> datetime:
    return datetime.now(UTC)
