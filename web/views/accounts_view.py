"""The accounts page's view (账号管理): each account's reach, state and last login, and the form for a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from tracker.access.accounts import Account, AccountState
from tracker.access.roles import ON_THE_SERVER, AccountMalformed, Role, Scope
from web.views.account_view import write_reach
from web.views.parts import Chip, Choice
from web.views.times import Moment, full_moment
from web.words import Words

PATH = "/admin/accounts"
TONES = {AccountState.ENABLED: "", AccountState.NO_PASSWORD: "note", AccountState.DISABLED: "bad"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into the form for a new account."""

    login: str = ""
    role: str = ""
    carrier: str = ""
    station: str = ""
    division: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account in the list."""

    login: str
    href: str
    role: str
    reach: str
    chip: Chip
    factor: Chip
    last_login: Moment | None


@dataclass(frozen=True, slots=True, repr=False)
class AccountsView:
    """One page of the list; `password` is there once, when its account was made."""

    csrf: str
    rows: tuple[AccountLine, ...]
    holding: str
    roles: tuple[Choice, ...]
    draft: Draft
    said: str
    warns: bool
    made: AccountLine | None
    password: str
    next_href: str | None
    first_href: str
    is_first: bool


def build_accounts_view(
    words: Words,
    accounts: Sequence[Account],
    logins: Mapping[int, datetime],
    *,
    csrf: str,
    now: datetime,
    holding: str,
    next_token: str | None,
    is_first: bool,
    draft: Draft,
    said: str = "",
    warns: bool = False,
    made: Account | None = None,
    password: str = "",
) -> AccountsView:
    """The view of one page of accounts."""
    query = {"login": holding} if holding else {}
    return AccountsView(
        csrf=csrf,
        rows=tuple(account_line(words, each, logins, now) for each in accounts),
        holding=holding,
        roles=tuple(
            Choice(role, words(f"role.{role}"), role == draft.role) for role in Role if role not in ON_THE_SERVER
        ),
        draft=draft,
        said=said,
        warns=warns,
        made=account_line(words, made, logins, now) if made else None,
        password=password,
        next_href=_address(query | {"next": next_token}) if next_token else None,
        first_href=_address(query),
        is_first=is_first,
    )


def account_line(words: Words, account: Account, logins: Mapping[int, datetime], now: datetime) -> AccountLine:
    """One account, worded."""
    last, state = logins.get(account.account_no), account.state(now)
    has_factor = account.totp_secret is not None
    lacks = account.needs_second_factor and not has_factor
    return AccountLine(
        login=account.login,
        href=f"{PATH}/{account.login}",
        role=words(f"role.{account.role}"),
        reach=write_reach(words, account),
        chip=Chip(words(f"accounts.state.{state}"), TONES.get(state, "warn")),
        factor=Chip(
            words(f"account.{'on' if has_factor else 'off'}"), "warn" if lacks else "" if has_factor else "note"
        ),
        last_login=full_moment(last) if last else None,
    )


def read_scope(draft: Draft) -> Scope:
    """The scope that was typed; an empty field is no part of it."""
    return Scope(*(text or None for text in (draft.carrier, draft.station, draft.division, draft.platform)))


def write_refusal(words: Words, error: AccountMalformed) -> str:
    """Why an account cannot be, for people."""
    return words(f"accounts.refused.{error.code}", part=words(f"accounts.{error.part}") if error.part else "")


def _address(query: dict[str, str]) -> str:
    return f"{PATH}?{urlencode(query)}" if query else PATH
