"""Login attempts (登录尝试): who tries too often waits, an account as well as an address.

A try is counted before it is looked at, so that a hundred at once are not a hundred guesses; one that succeeds is taken
back. A name that is no account is counted like one, so that the lock tells nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.store.database import insert_into
from tracker.store.tables.access import LoginAttemptRow

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
FORGOTTEN = timedelta(hours=24)  # after the last wrong try
MOST = 10_000  # rows of unknown names, and of addresses: the oldest go


class Kind(StrEnum):
    """What is counted. Accounts are as many as there are; the others are bounded apart, and push none of them out."""

    ACCOUNT = "account"
    NOBODY = "nobody"
    ADDRESS = "address"


TRIES = {Kind.ACCOUNT: 5, Kind.NOBODY: 5, Kind.ADDRESS: 30}  # many people may share one address


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing to count: its kind, and a name that tells nothing about a person."""

    kind: Kind
    name: str

    @property
    def subject(self) -> str:
        kind = Kind.ACCOUNT if self.kind is Kind.NOBODY else self.kind  # one name is one subject, known or not
        return f"{kind}:{self.name}"


def lock_of(kind: Kind, failures: int) -> timedelta | None:
    """How long so many wrong tries lock: a minute at the limit, doubling up to an hour; None below it."""
    over = failures - TRIES[kind]
    return None if over < 0 else min(SHORTEST * 2 ** min(over, 10), LONGEST)


def begin_attempt(session: Session, counted: Iterable[Counted], *, now: datetime) -> datetime | None:
    """Count a try; where any of it is locked, count nothing and say until when."""
    rows = [_row(session, each, now) for each in sorted(counted, key=lambda each: each.subject)]
    locked = [row.locked_until for row in rows if row.locked_until is not None and row.locked_until > now]
    if locked:
        return max(locked)
    for row in rows:
        if now - row.last_at >= FORGOTTEN:
            row.failures = 0
        row.failures, row.last_at = row.failures + 1, now
        lock = lock_of(Kind(row.kind), row.failures)
        row.locked_until = now + lock if lock else None
    session.flush()
    _forget(session)
    return None


def take_back(session: Session, counted: Iterable[Counted]) -> None:
    """A try that was right: the account begins anew, an address only loses this one (another's guesses stay)."""
    for each in sorted(counted, key=lambda each: each.subject):
        mine = col(LoginAttemptRow.subject) == each.subject
        if each.kind is Kind.ADDRESS:
            left = col(LoginAttemptRow.failures) - 1
            lock = sa.case((left >= TRIES[Kind.ADDRESS], col(LoginAttemptRow.locked_until)), else_=None)
            statement = sa.update(LoginAttemptRow).where(mine, col(LoginAttemptRow.failures) > 0)
            session.execute(statement.values(failures=left, locked_until=lock))
        else:
            session.execute(sa.delete(LoginAttemptRow).where(mine))


def unlock(session: Session, counted: Counted) -> None:
    """Forget what was counted: after a reset by an administrator."""
    session.execute(sa.delete(LoginAttemptRow).where(col(LoginAttemptRow.subject) == counted.subject))


def _row(session: Session, counted: Counted, now: datetime) -> LoginAttemptRow:
    values = {"subject": counted.subject, "kind": counted.kind, "failures": 0, "last_at": now}
    session.execute(insert_into(session, LoginAttemptRow).values(**values).on_conflict_do_nothing())
    statement = select(LoginAttemptRow).where(LoginAttemptRow.subject == counted.subject).with_for_update()
    row = session.exec(statement).one()
    row.kind = counted.kind
    return row


def _forget(session: Session) -> None:
    for kind in (Kind.NOBODY, Kind.ADDRESS):
        surplus = (
            select(LoginAttemptRow.subject)
            .where(LoginAttemptRow.kind == kind)
            .order_by(col(LoginAttemptRow.last_at).desc(), col(LoginAttemptRow.subject))
            .offset(MOST)
        )
        session.execute(sa.delete(LoginAttemptRow).where(col(LoginAttemptRow.subject).in_(surplus)))
