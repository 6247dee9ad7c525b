"""One account's view (单个账号): what it is, the forms that change it, and its API tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.access.accounts import Account
from tracker.access.api_tokens import SCOPES_OF, ApiToken
from tracker.access.roles import ON_THE_SERVER, PARTS_OF, Role
from web.views.account_view import TokenLine, token_line
from web.views.accounts_view import PATH, AccountLine, account_line
from web.words import Words


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a scope to type: carrier, station, division or platform."""

    name: str
    title: str
    value: str
    is_needed: bool


@dataclass(frozen=True, slots=True, repr=False)
class ManagedView:
    """Everything the template places; `password` and `token` are there once, when they were made."""

    csrf: str
    href: str
    about: AccountLine
    is_own: bool
    is_disabled: bool
    on_server: bool
    parts: tuple[Part, ...]
    scopes: tuple[tuple[str, str], ...]
    tokens: tuple[TokenLine, ...]
    tokens_href: str
    said: str
    warns: bool
    password: str
    token: str


def build_managed_view(
    words: Words,
    account: Account,
    logins: Mapping[int, datetime],
    tokens: Sequence[ApiToken],
    *,
    csrf: str,
    now: datetime,
    is_own: bool,
    said: str = "",
    warns: bool = False,
    password: str = "",
    token: str = "",
) -> ManagedView:
    """The view of one account."""
    href = f"{PATH}/{account.login}"
    return ManagedView(
        csrf=csrf,
        href=href,
        about=account_line(words, account, logins, now),
        is_own=is_own,
        is_disabled=account.disabled_at is not None,
        on_server=account.role in ON_THE_SERVER,
        parts=() if is_own else _parts(words, account),
        scopes=tuple((scope, words(f"token_scope.{scope.label}")) for scope in sorted(SCOPES_OF[account.role])),
        tokens=tuple(token_line(words, each, now, path=f"{href}/tokens") for each in tokens),
        tokens_href=f"{href}/tokens",
        said=said,
        warns=warns,
        password=password,
        token=token,
    )


def _parts(words: Words, account: Account) -> tuple[Part, ...]:
    return tuple(
        Part(name, words(f"accounts.{name}"), getattr(account.scope, name) or "", account.role is not Role.REGULATOR)
        for name in PARTS_OF[account.role]
    )
