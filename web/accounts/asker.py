"""The asker (请求者): nobody, a person by a session, or a program by a token; found once a request, in web.access.

For the parts behind it: `asker_of(request)`, `role_of(request)`, `scope_of(request)` and `require_second_factor(…)`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from tracker.access.accounts import Account
from tracker.access.api_tokens import ApiToken, TokenScope, token_of_bearer
from tracker.access.roles import Role, Scope
from tracker.access.sessions import LoginSession, is_seen_long_ago, save_seen, session_of_cookie
from tracker.access.tokens import hash_token
from tracker.store.database import reading, transaction
from web.accounts.cookies import SESSION, read_cookie
from web.errors import SecondFactorStale, TokenWrong


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is asking; without an account it is nobody we know."""

    account: Account | None = None
    session: LoginSession | None = None
    token: ApiToken | None = None

    def may_by_token(self, scope: TokenScope) -> bool:
        """Whether its token, where it came with one, has a scope; a session has them all."""
        return self.token is None or scope in self.token.scopes


ANONYMOUS = Asker()


def asker_of(request: Request) -> Asker:
    """Who is asking, as web.access found."""
    asker: Asker = request.state.asker
    return asker


def role_of(request: Request) -> Role | None:
    """The asker's role; None for anybody."""
    account = asker_of(request).account
    return account.role if account else None


def scope_of(request: Request) -> Scope:
    """How far the asker reaches, on a route that only accounts may use."""
    account = asker_of(request).account
    assert account is not None, "web.access lets nobody else through"
    return account.scope


def require_second_factor(request: Request, *, within: timedelta, now: datetime) -> None:
    """Raises SecondFactorStale unless a person showed a code that recently; no token ever did."""
    session = asker_of(request).session
    if session is None or not session.passed_within(within, now=now):
        raise SecondFactorStale


def find_asker(request: Request) -> Asker:
    """Look up who asks: a bearer token counts before a cookie. Raises TokenWrong."""
    engine: Engine = request.app.state.engine
    now: datetime = request.app.state.clock()
    if (bearer := bearer_of(request)) is not None:
        with reading(engine) as opened:
            token = token_of_bearer(opened, hash_token(bearer), now=now)
        if token is None:
            raise TokenWrong
        return Asker(token.account, token=token)
    if (found := find_session(request)) is None:
        return ANONYMOUS
    if is_seen_long_ago(found, now=now):
        _see(engine, found, now)
    return Asker(found.account, session=found)


def find_session(request: Request) -> LoginSession | None:
    """The session of the browser's cookie, at any standing; None without one in force."""
    if (cookie := read_cookie(request, SESSION)) is None:
        return None
    with reading(request.app.state.engine) as opened:
        return session_of_cookie(opened, hash_token(cookie), now=request.app.state.clock())


def bearer_of(request: Request) -> str | None:
    """The bearer token that was sent; other schemes are not for us."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _see(engine: Engine, found: LoginSession, now: datetime) -> None:
    try:
        with transaction(engine, patience=1) as opened:
            save_seen(opened, found.token_hash, now=now)
    except OperationalError:  # a busy store is no reason to refuse a page
        return
