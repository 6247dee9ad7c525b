"""The login (登录): password, then the second factor; each step ends the session before it and begins a new one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import HMAC

from fastapi import Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from tracker.access.accounts import Account, account_of, is_password_still, take_totp_step
from tracker.access.attempts import Counted, Kind, begin_attempt, take_back
from tracker.access.audit import Action, Outcome
from tracker.access.roles import AccountMalformed, parse_login
from tracker.access.sessions import LoginSession, close_session, open_session
from tracker.access.tokens import hash_token, new_token
from tracker.store.database import transaction
from web.accounts.addresses import counted_address, host_of
from web.accounts.asker import asker_of
from web.accounts.auditing import note
from web.accounts.cookies import SESSION, read_cookie
from web.accounts.keys import AccountKeys
from web.accounts.passwords import fits
from web.accounts.second_factor import find_step, open_secret
from web.accounts.staff_devices import remember_staff
from web.errors import LoginRequired
from web.few_at_once import FewAtOnce


class Ending(StrEnum):
    """How a try ended; the page has words for each."""

    DONE = "done"
    WRONG = "wrong"
    LOCKED = "locked"
    EXPIRED = "expired"  # the one-time password is too old


@dataclass(frozen=True, slots=True, repr=False)
class Tried:
    """How a try ended: the new session's token where it was right, until when to wait where it is locked."""

    ending: Ending
    token: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Try:
    account: Account | None
    counted: tuple[Counted, Counted]
    locked_until: datetime | None


def counted_account(keys: AccountKeys, login: str, *, known: bool = True) -> Counted:
    """What counts the tries of one login name; the name itself may be anything typed by mistake, and is not kept."""
    named = HMAC(keys.names, login[:256].encode("utf-8", "surrogatepass"), "sha256").hexdigest()
    return Counted(Kind.ACCOUNT if known else Kind.NOBODY, named)


async def log_in(request: Request, login: str, password: str) -> Tried:
    """Try a password. Raises TooBusy. An unknown name takes the same time and locks like a known one."""
    tried = await run_in_threadpool(_begin, request, login)
    if tried.locked_until is not None:
        return Tried(Ending.LOCKED, until=tried.locked_until)
    slow: FewAtOnce = request.app.state.slow_hashes
    account = tried.account
    phc = account.password_hash if account and account.disabled_at is None else None
    fitting = await slow.run(lambda: fits(password, phc))
    return await run_in_threadpool(_finish, request, tried, fitting=fitting)


def show_code(request: Request, code: str) -> Tried:
    """Try a code of the second factor for the session that asks; one that was taken before is wrong."""
    state = request.app.state
    keys: AccountKeys = state.account_keys
    session = asker_of(request).session
    assert session is not None, "web.access lets nobody else through"
    account, now = session.account, state.clock()
    counted = (counted_account(keys, account.login), _address(request))
    with transaction(state.engine) as opened:
        if (until := begin_attempt(opened, counted, now=now)) is not None:
            return Tried(Ending.LOCKED, until=until)
        secret = open_secret(keys, account.totp_secret or b"", login=account.login)
        step = find_step(secret, code, now=now) if secret else None
        if step is None or not take_totp_step(opened, account.account_no, step):
            note(opened, request, Action.SECOND_FACTOR, outcome=Outcome.REFUSED)
            return Tried(Ending.WRONG)
        take_back(opened, counted)
        token = begin_anew(opened, session, now=now, second_factor_at=now)
        remember_staff(opened, request, account)
        note(opened, request, Action.SECOND_FACTOR)
    return Tried(Ending.DONE, token)


def begin_anew(session: Session, old: LoginSession, *, now: datetime, second_factor_at: datetime | None) -> str:
    """The token of a new session in place of an old one: whoever knew the old one knows nothing any more.

    The caller has changed the account's row, so that nobody closes its sessions meanwhile. Raises LoginRequired where
    somebody did before: a new password, say, ends what was begun with the old one.
    """
    token = new_token()
    if not close_session(session, old.token_hash):
        raise LoginRequired
    open_session(
        session,
        token_hash=hash_token(token),
        account_no=old.account.account_no,
        csrf=new_token(),
        now=now,
        second_factor_at=second_factor_at,
        expires_at=old.expires_at,
    )
    return token


def _begin(request: Request, login: str) -> _Try:
    state = request.app.state
    try:
        name = parse_login(login)
    except AccountMalformed:
        name = login
    with transaction(state.engine) as session:
        account = account_of(session, name) if name.isascii() else None
        counted = (counted_account(state.account_keys, name, known=account is not None), _address(request))
        return _Try(account, counted, begin_attempt(session, counted, now=state.clock()))


def _finish(request: Request, tried: _Try, *, fitting: bool) -> Tried:
    state, account = request.app.state, tried.account
    now: datetime = state.clock()
    with transaction(state.engine) as session:
        if account is None or not fitting or not is_password_still(session, account):
            note(session, request, Action.LOGIN, outcome=Outcome.REFUSED, account=account)
            return Tried(Ending.WRONG)
        if account.password_until is not None and now >= account.password_until:
            note(session, request, Action.LOGIN, outcome=Outcome.REFUSED, account=account)
            return Tried(Ending.EXPIRED)
        mine, address = tried.counted
        take_back(session, [address] if account.totp_secret else [mine, address])  # its codes are counted on
        if (old := read_cookie(request, SESSION)) is not None:
            close_session(session, hash_token(old))
        token = new_token()
        open_session(session, token_hash=hash_token(token), account_no=account.account_no, csrf=new_token(), now=now)
        if not account.totp_secret:
            remember_staff(session, request, account)
        note(session, request, Action.LOGIN, account=account)
    return Tried(Ending.DONE, token)


def _address(request: Request) -> Counted:
    keys: AccountKeys = request.app.state.account_keys
    told = counted_address(host_of(request))
    return Counted(Kind.ADDRESS, HMAC(keys.names, told.encode(), "sha256").hexdigest())
