"""The last login (最近登录): when each account last came all the way in, as the audit log tells."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from tracker.access.audit import Action, Outcome
from tracker.store.tables.access import AccountRow, AuditEntryRow

_WITH_CODE = (Action.SECOND_FACTOR, Action.SECOND_FACTOR_SET)


def last_logins_of(session: Session, account_nos: Collection[int]) -> dict[int, datetime]:
    """The last login of each account; where it has a second factor, the last time that was shown. Absent: never."""
    comes_in = sa.case(
        (col(AccountRow.totp_secret).is_not(None), col(AuditEntryRow.action).in_(_WITH_CODE)),
        else_=col(AuditEntryRow.action) == Action.LOGIN,
    )
    newest = (
        sa.select(col(AuditEntryRow.at))
        .where(col(AuditEntryRow.actor) == col(AccountRow.login), col(AuditEntryRow.outcome) == Outcome.DONE, comes_in)
        .order_by(col(AuditEntryRow.entry_no).desc())
        .limit(1)
        .correlate(AccountRow)
        .scalar_subquery()
    )
    statement = sa.select(col(AccountRow.account_no), newest).where(col(AccountRow.account_no).in_(account_nos))
    return {number: at for number, at in session.execute(statement) if at is not None}
