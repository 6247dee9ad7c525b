"""Accounts (账号): who may come in, by login name; a role that never changes once given, and a scope."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.access.roles import WITH_SECOND_FACTOR, Role, Scope, check_scope, parse_login
from tracker.store.database import insert_into
from tracker.store.tables.access import AccountRow, ApiTokenRow, LoginSessionRow


class AccountState(StrEnum):
    """Whether its owner can come in."""

    ENABLED = "enabled"
    ONE_TIME = "one_time"  # with a one-time password, to be changed at the next login
    ONE_TIME_OVER = "one_time_over"  # that was not used in time
    NO_PASSWORD = "no_password"  # noqa: S105 a program's: it has tokens only
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `password_until` is set while its password is a one-time one; `totp_secret` is sealed."""

    account_no: int
    login: str
    role: Role
    scope: Scope
    password_hash: str | None
    password_until: datetime | None
    totp_secret: bytes | None
    totp_step: int
    made_at: datetime
    disabled_at: datetime | None

    @property
    def must_change(self) -> bool:
        return self.password_until is not None

    def state(self, now: datetime) -> AccountState:
        if self.disabled_at is not None:
            return AccountState.DISABLED
        if self.password_until is not None:
            return AccountState.ONE_TIME if now < self.password_until else AccountState.ONE_TIME_OVER
        return AccountState.NO_PASSWORD if self.password_hash is None else AccountState.ENABLED

    @property
    def needs_second_factor(self) -> bool:
        """By its role, or because its owner set one up."""
        return self.role in WITH_SECOND_FACTOR or self.totp_secret is not None


def add_account(
    session: Session,
    login: str,
    role: Role,
    scope: Scope,
    *,
    password_hash: str | None,
    password_until: datetime | None,
    made_at: datetime,
) -> Account | None:
    """Write a new account; None where the login name is taken. Raises AccountMalformed."""
    name = parse_login(login)
    check_scope(role, scope)
    values = {
        "login": name, "role": role, "carrier": scope.carrier, "station": scope.station, "division": scope.division,
        "platform": scope.platform, "password_hash": password_hash, "password_until": password_until,
        "totp_step": 0, "made_at": made_at,
    }  # fmt: skip
    statement = insert_into(session, AccountRow).values(**values).on_conflict_do_nothing(index_elements=["login"])
    made = session.execute(statement.returning(col(AccountRow.account_no))).first()
    return account_of(session, name) if made else None


def account_of(session: Session, login: str) -> Account | None:
    """The account with a login name as parse_login writes it, disabled ones too."""
    row = session.exec(select(AccountRow).where(AccountRow.login == login)).first()
    return account_from(row) if row else None


def find_accounts(session: Session, *, holding: str = "", after: str = "", limit: int | None = None) -> list[Account]:
    """Accounts in order of their login names: those that hold a text, after a name, so many; all, unless told."""
    statement = select(AccountRow).where(col(AccountRow.login) > after).order_by(col(AccountRow.login)).limit(limit)
    if holding:
        statement = statement.where(col(AccountRow.login).contains(holding, autoescape=True))
    return [account_from(row) for row in session.exec(statement)]


def has_administrator(session: Session) -> bool:
    """Whether any account administers this installation, disabled or not."""
    return session.exec(select(AccountRow).where(AccountRow.role == Role.ADMINISTRATOR).limit(1)).first() is not None


def save_password(session: Session, account_no: int, password_hash: str) -> None:
    """Write the password that its owner chose."""
    _update(session, account_no, password_hash=password_hash, password_until=None)


def reset_account(session: Session, account_no: int, *, password_hash: str, password_until: datetime) -> None:
    """A one-time password, no second factor any more, enabled again; whatever was open is closed."""
    _update(
        session, account_no, password_hash=password_hash, password_until=password_until, totp_secret=None,
        disabled_at=None,
    )  # fmt: skip
    _close_ways_in(session, account_no)


def disable_account(session: Session, account_no: int, *, at: datetime) -> None:
    """Nobody comes in by it any more, and who is in is out."""
    _update(session, account_no, disabled_at=at)
    _close_ways_in(session, account_no)


def save_scope(session: Session, account: Account, scope: Scope) -> None:
    """Another reach for an account; what was opened with the old one is closed. Raises AccountMalformed."""
    check_scope(account.role, scope)
    _update(session, account.account_no, carrier=scope.carrier, station=scope.station, division=scope.division,
            platform=scope.platform)  # fmt: skip
    _close_ways_in(session, account.account_no)


def save_totp(session: Session, account_no: int, sealed: bytes, *, step: int) -> bool:
    """Write a second factor whose code of `step` was shown to fit; False where the account has one by now."""
    statement = (
        sa.update(AccountRow)
        .where(col(AccountRow.account_no) == account_no, col(AccountRow.totp_secret).is_(None))
        .values(totp_secret=sealed, totp_step=step)
        .returning(col(AccountRow.account_no))
    )
    return session.execute(statement).first() is not None


def is_password_still(session: Session, account: Account) -> bool:
    """Whether the password is the one that this account was read with, and it may come in; it stays so till the end.

    Who changes it meanwhile waits, and then closes what was opened here.
    """
    asked = select(AccountRow.password_hash, AccountRow.disabled_at).where(AccountRow.account_no == account.account_no)
    found = session.exec(asked.with_for_update()).first()
    return found is not None and tuple(found) == (account.password_hash, None)


def take_totp_step(session: Session, account_no: int, step: int) -> bool:
    """Note that the code of a step was used; False where it, or a later one, was used before."""
    statement = (
        sa.update(AccountRow)
        .where(col(AccountRow.account_no) == account_no, col(AccountRow.totp_step) < step)
        .values(totp_step=step)
        .returning(col(AccountRow.account_no))
    )
    return session.execute(statement).first() is not None


def _update(session: Session, account_no: int, **values: Any) -> None:
    session.execute(sa.update(AccountRow).where(col(AccountRow.account_no) == account_no).values(**values))


def _close_ways_in(session: Session, account_no: int) -> None:
    session.execute(sa.delete(LoginSessionRow).where(col(LoginSessionRow.account_no) == account_no))
    session.execute(sa.delete(ApiTokenRow).where(col(ApiTokenRow.account_no) == account_no))


def account_from(row: AccountRow) -> Account:
    """The account in a row, for the other files of this folder."""
    assert row.account_no is not None
    return Account(
        account_no=row.account_no,
        login=row.login,
        role=Role(row.role),
        scope=Scope(row.carrier, row.station, row.division, row.platform),
        password_hash=row.password_hash,
        password_until=row.password_until,
        totp_secret=row.totp_secret,
        totp_step=row.totp_step,
        made_at=row.made_at,
        disabled_at=row.disabled_at,
    )
