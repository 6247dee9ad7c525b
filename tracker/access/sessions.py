"""Sessions (会话): a login that goes on in one browser, and how far it has come.

`session_of_cookie` asks the database alone, so that a process apart from the web may use it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.access.accounts import Account, account_from
from tracker.store.tables.access import AccountRow, LoginSessionRow

IDLE = timedelta(hours=1)  # without a request
LONGEST = timedelta(hours=12)  # a long shift
SEEN_EVERY = timedelta(minutes=5)  # `seen_at` is not written more often
MOST = 10  # sessions of one account; the one unseen for longest goes


class Standing(StrEnum):
    """How far a session has come; only a FULL one opens what its role may see."""

    CODE = "code"  # the second factor's code is asked for
    PASSWORD = "password"  # noqa: S105 a one-time password must be changed
    ENROLMENT = "enrolment"  # the role needs a second factor, and there is none yet
    FULL = "full"


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A session in force and whose it is."""

    token_hash: bytes
    account: Account
    csrf: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    second_factor_at: datetime | None

    @property
    def standing(self) -> Standing:
        account = self.account
        if account.totp_secret is not None and self.second_factor_at is None:
            return Standing.CODE
        if account.must_change:
            return Standing.PASSWORD
        if account.needs_second_factor and account.totp_secret is None:
            return Standing.ENROLMENT
        return Standing.FULL

    def passed_within(self, span: timedelta, *, now: datetime) -> bool:
        """Whether the second factor was shown that recently; what opens an identity asks for minutes."""
        return self.second_factor_at is not None and now - self.second_factor_at <= span


def session_of_cookie(session: Session, token_hash: bytes, *, now: datetime) -> LoginSession | None:
    """The session with this token's hash; None where none is in force or its account is disabled."""
    found = session.exec(
        select(LoginSessionRow, AccountRow).join(AccountRow).where(LoginSessionRow.token_hash == token_hash)
    ).first()
    if found is None:
        return None
    row, account = found
    if account.disabled_at is not None or now >= row.expires_at or now - row.seen_at >= IDLE:
        return None
    return LoginSession(
        row.token_hash, account_from(account), row.csrf, row.made_at, row.seen_at, row.expires_at, row.second_factor_at
    )


def open_session(
    session: Session,
    *,
    token_hash: bytes,
    account_no: int,
    csrf: str,
    now: datetime,
    second_factor_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Write a session; those that ended go, and of one account's more than MOST the one unseen for longest."""
    over = sa.or_(col(LoginSessionRow.expires_at) <= now, col(LoginSessionRow.seen_at) <= now - IDLE)
    session.execute(sa.delete(LoginSessionRow).where(over))
    mine = select(LoginSessionRow.token_hash).where(LoginSessionRow.account_no == account_no)
    surplus = session.exec(mine.order_by(col(LoginSessionRow.seen_at).desc()).offset(MOST - 1)).all()
    session.execute(sa.delete(LoginSessionRow).where(col(LoginSessionRow.token_hash).in_(surplus)))
    session.add(
        LoginSessionRow(
            token_hash=token_hash,
            account_no=account_no,
            csrf=csrf,
            made_at=now,
            seen_at=now,
            expires_at=expires_at or now + LONGEST,
            second_factor_at=second_factor_at,
        )
    )


def is_seen_long_ago(found: LoginSession, *, now: datetime) -> bool:
    """Whether it is time to write that the session was seen."""
    return now - found.seen_at >= SEEN_EVERY


def save_seen(session: Session, token_hash: bytes, *, now: datetime) -> None:
    """Write that a session was seen."""
    statement = sa.update(LoginSessionRow).where(col(LoginSessionRow.token_hash) == token_hash)
    session.execute(statement.values(seen_at=now))


def close_session(session: Session, token_hash: bytes) -> bool:
    """End one session; whether there still was one."""
    ending = sa.delete(LoginSessionRow).where(col(LoginSessionRow.token_hash) == token_hash)
    return session.execute(ending.returning(col(LoginSessionRow.token_hash))).first() is not None


def close_other_sessions(session: Session, account_no: int, *, keep: bytes) -> None:
    """End an account's sessions in other browsers."""
    mine = col(LoginSessionRow.account_no) == account_no
    session.execute(sa.delete(LoginSessionRow).where(mine, col(LoginSessionRow.token_hash) != keep))
