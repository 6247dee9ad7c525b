"""API tokens (接口令牌): a program's way in, for one account, some scopes, and a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.access.accounts import Account, account_from
from tracker.access.roles import Role
from tracker.store.tables.access import AccountRow, ApiTokenRow

LONGEST_DAYS = 366
MOST = 50  # tokens in force of one account


class TokenScope(StrEnum):
    """What a token may do, never more than its account's role; an identity is opened by no token."""

    DEVICES_READ = "devices:read"
    STATIONS_WRITE = "stations:write"
    PRODUCTS_WRITE = "products:write"
    QUARANTINE_READ = "quarantine:read"
    OBJECTIONS = "objections:file"
    RATINGS_WRITE = "ratings:write"
    PROOFS_READ = "proofs:read"
    AUDIT_READ = "audit:read"
    ARCHIVES_READ = "archives:read"
    ARCHIVES_WRITE = "archives:write"
    COMPLAINTS_WRITE = "complaints:write"

    @property
    def label(self) -> str:
        """Its name in catalogues, which take no colon."""
        return self.replace(":", "-")


_CASES = (TokenScope.COMPLAINTS_WRITE, TokenScope.OBJECTIONS)
_ARCHIVES = (TokenScope.ARCHIVES_READ, TokenScope.ARCHIVES_WRITE)
SCOPES_OF: dict[Role, frozenset[TokenScope]] = {
    Role.ADMINISTRATOR: frozenset(TokenScope),
    Role.CARRIER: frozenset({TokenScope.DEVICES_READ, TokenScope.STATIONS_WRITE, *_CASES, *_ARCHIVES}),
    Role.STATION_MANAGER: frozenset({TokenScope.DEVICES_READ}),
    Role.REGULATOR: frozenset({TokenScope.DEVICES_READ, *_CASES, *_ARCHIVES}),
    Role.PLATFORM: frozenset({TokenScope.PRODUCTS_WRITE, TokenScope.RATINGS_WRITE, TokenScope.COMPLAINTS_WRITE}),
    Role.COURIER: frozenset(),
    Role.VAULT_OFFICER: frozenset(),
}


class TokenMalformed(ValueError):
    """A token that cannot be given: a scope that the role has not, a time too long, too many of them."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token in force or not, without the token."""

    token_no: int
    account: Account
    scopes: frozenset[TokenScope]
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def in_force(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at and self.account.disabled_at is None


def add_api_token(
    session: Session, account: Account, *, token_hash: bytes, scopes: Iterable[str], days: int, now: datetime
) -> int:
    """Write a token; its number. Raises TokenMalformed."""
    known, wanted = SCOPES_OF[account.role], sorted(set(scopes))
    if strange := [each for each in wanted if each not in known]:
        may = " ".join(sorted(known)) or "-"
        raise TokenMalformed(f"此角色没有这些权限 · the role {account.role} has not {' '.join(strange)}; it has {may}")
    if not wanted or not 1 <= days <= LONGEST_DAYS:
        raise TokenMalformed(f"至少一项权限，1 到 {LONGEST_DAYS} 天 · one scope at least, 1 to {LONGEST_DAYS} days")
    if sum(each.in_force(now) for each in find_api_tokens(session, account.account_no)) >= MOST:
        raise TokenMalformed(f"令牌太多，请先吊销 · {MOST} tokens are in force: revoke one first")
    row = ApiTokenRow(
        token_hash=token_hash,
        account_no=account.account_no,
        scopes=" ".join(wanted),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    assert row.token_no is not None
    return row.token_no


def token_of_bearer(session: Session, token_hash: bytes, *, now: datetime) -> ApiToken | None:
    """The token in force with this hash."""
    found = session.exec(_TOKENS.where(ApiTokenRow.token_hash == token_hash)).first()
    token = _token(*found) if found else None
    return token if token and token.in_force(now) else None


def find_api_tokens(session: Session, account_no: int | None = None) -> list[ApiToken]:
    """An account's tokens or all of them, the newest first, also those that are over."""
    statement = _TOKENS.order_by(col(ApiTokenRow.token_no).desc())
    if account_no is not None:
        statement = statement.where(ApiTokenRow.account_no == account_no)
    return [_token(*row) for row in session.exec(statement)]


def revoke_api_token(session: Session, token_no: int, *, account_no: int | None, at: datetime) -> bool:
    """End a token; False where there is none of that number in force, or (where told) it is another account's."""
    statement = (
        sa.update(ApiTokenRow)
        .where(col(ApiTokenRow.token_no) == token_no, col(ApiTokenRow.revoked_at).is_(None))
        .values(revoked_at=at)
        .returning(col(ApiTokenRow.token_no))
    )
    if account_no is not None:
        statement = statement.where(col(ApiTokenRow.account_no) == account_no)
    return session.execute(statement).first() is not None


_TOKENS = select(ApiTokenRow, AccountRow).join(AccountRow)


def _token(row: ApiTokenRow, account: AccountRow) -> ApiToken:
    assert row.token_no is not None
    scopes = frozenset(TokenScope(each) for each in row.scopes.split() if each in set(TokenScope))
    return ApiToken(row.token_no, account_from(account), scopes, row.made_at, row.expires_at, row.revoked_at)
