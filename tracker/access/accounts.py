"""Accounts (账号): who may come in, by login name; a role and a scope that never change once given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.access.roles import WITH_SECOND_FACTOR, Role, Scope, check_scope, parse_login
from tracker.store.database import insert_into
from tracker.store.tables import AccountRow, ApiTokenRow, LoginSessionRow


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


def find_accounts(session: Session) -> list[Account]:
    """All accounts in order of their login names."""
    return [account_from(row) for row in session.exec(select(AccountRow).order_by(col(AccountRow.login)))]


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


def save_totp(session: Session, account_no: int, sealed: bytes, *, step: int) -> None:
    """Write a second factor whose code of `step` was shown to fit."""
    _update(session, account_no, totp_secret=sealed, totp_step=step)


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
