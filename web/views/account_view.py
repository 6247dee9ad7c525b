"""The account page's view (账号): who one is, what is to be done first, one's tokens and one's own last entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.access.accounts import Account
from tracker.access.api_tokens import SCOPES_OF, ApiToken
from tracker.access.audit import AuditEntry
from tracker.access.roles import Role, level_of
from tracker.access.sessions import Standing
from tracker.wire.divisions import division_of
from web.accounts.passwords import SHORTEST
from web.accounts.second_factor import Offer
from web.views.audit_view import EntryLine, entry_line
from web.views.parts import Chip
from web.views.times import Moment, full_moment
from web.words import Words


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One API token."""

    number: int
    scopes: str
    ends: Moment
    chip: Chip
    revoke_href: str | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """Everything the template places; `asks_*` are the parts that are there at this standing."""

    csrf: str
    login: str
    role: str
    reach: str
    first: str
    said: str
    warns: bool
    token: str
    asks_password: bool
    asks_present_password: bool
    password_rule: str
    offer: Offer | None
    has_second_factor: bool
    scopes: tuple[tuple[str, str], ...]
    tokens: tuple[TokenLine, ...]
    entries: tuple[EntryLine, ...]
    is_full: bool


def build_account_view(
    words: Words,
    account: Account,
    standing: Standing,
    *,
    csrf: str,
    offer: Offer | None,
    tokens: Sequence[ApiToken],
    entries: Sequence[AuditEntry],
    now: datetime,
    said: str = "",
    warns: bool = False,
    token: str = "",
) -> AccountView:
    """The view for one account."""
    full = standing is Standing.FULL
    return AccountView(
        csrf=csrf,
        login=account.login,
        role=words(f"role.{account.role}"),
        reach=write_reach(words, account),
        first="" if full else words(f"account.first_{standing}"),
        said=said,
        warns=warns,
        token=token,
        asks_password=standing is not Standing.ENROLMENT,
        asks_present_password=not account.must_change,
        password_rule=words("account.password_rule", shortest=SHORTEST),
        offer=offer,
        has_second_factor=account.totp_secret is not None,
        scopes=tuple((scope, words(f"token_scope.{scope.label}")) for scope in sorted(SCOPES_OF[account.role])),
        tokens=tuple(token_line(words, each, now, path="/account/tokens") for each in tokens),
        entries=tuple(entry_line(words, each) for each in entries),
        is_full=full,
    )


def write_reach(words: Words, account: Account) -> str:
    """How far the account reaches, for people: 重庆市 (省级), BLUEBIRD/CQ-01."""
    if account.role is Role.REGULATOR:
        division = division_of(account.scope.division) if account.scope.division else None
        level = level_of(account.scope)
        return " · ".join(filter(None, (division.full_name if division else "", words(f"level.{level}"))))
    return words("account.everything") if str(account.scope) == "*" else str(account.scope)


def token_line(words: Words, token: ApiToken, now: datetime, *, path: str) -> TokenLine:
    """One token, with the address that ends it under `path`."""
    state = "revoked" if token.revoked_at else "in_force" if token.in_force(now) else "expired"
    return TokenLine(
        number=token.token_no,
        scopes=" ".join(sorted(token.scopes)),
        ends=full_moment(token.expires_at),
        chip=Chip(words(f"account.token_{state}"), "" if state == "in_force" else "warn"),
        revoke_href=f"{path}/{token.token_no}/revoke" if state == "in_force" else None,
    )
