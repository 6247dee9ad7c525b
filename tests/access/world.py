"""Accounts to test with (测试账号): one of a role, written straight into a store."""

from datetime import UTC, datetime

from sqlmodel import Session

from tracker.access.accounts import Account, add_account
from tracker.access.roles import EVERYTHING, Role, Scope

NOW = datetime(2026, 10, 18, 6, 3, tzinfo=UTC)


def make_account(
    session: Session, login: str = "anna", role: Role = Role.ADMINISTRATOR, scope: Scope = EVERYTHING
) -> Account:
    """An account whose password is its owner's own."""
    made = add_account(session, login, role, scope, password_hash="h", password_until=None, made_at=NOW)
    assert made is not None
    return made
