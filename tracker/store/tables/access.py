"""Access (访问): accounts, sessions, tokens, tries, and the audit log."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.naming import BIG_KEY
from tracker.store.types import UtcTime


class AccountRow(SQLModel, table=True):
    """A person's way in (账号): login name, role and scope, slow hash of the password.

    `password_until` is set while the password is a one-time one: it must be changed, and after that time opens nothing.
    `totp_secret` is sealed; `totp_step` is the last step of 30 s whose code was taken, so that none is taken twice.
    """

    __tablename__ = "account"
    account_no: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    role: str
    carrier: str | None = None
    station: str | None = None
    division: str | None = None
    platform: str | None = None
    password_hash: str | None = None
    password_until: datetime | None = Field(default=None, sa_type=UtcTime)
    totp_secret: bytes | None = None
    totp_step: int = Field(default=0, sa_type=sa.BigInteger)
    made_at: datetime = Field(sa_type=UtcTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcTime)


class LoginSessionRow(SQLModel, table=True):
    """A login that goes on (会话), known by the SHA-256 of the random token in the browser's cookie."""

    __tablename__ = "login_session"
    token_hash: bytes = Field(primary_key=True)
    account_no: int = Field(foreign_key="account.account_no", index=True)
    csrf: str
    made_at: datetime = Field(sa_type=UtcTime)
    seen_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime, index=True)
    second_factor_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ApiTokenRow(SQLModel, table=True):
    """A program's way in (接口令牌), known by its SHA-256: for an account, `scopes` by spaces, until a time."""

    __tablename__ = "api_token"
    token_no: int | None = Field(default=None, primary_key=True)
    token_hash: bytes = Field(unique=True)
    account_no: int = Field(foreign_key="account.account_no", index=True)
    scopes: str
    made_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)


class LoginAttemptRow(SQLModel, table=True):
    """Wrong logins (登录失败) of one account, of one unknown name or from one address, and until when it is locked."""

    __tablename__ = "login_attempt"
    __table_args__ = (sa.Index("ix_login_attempt_kind_last_at", "kind", "last_at"),)
    subject: str = Field(primary_key=True)
    kind: str
    failures: int
    last_at: datetime = Field(sa_type=UtcTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)


class AuditEntryRow(SQLModel, table=True):
    """Who did, saw or changed what (审计): appended only, each entry's hash over it and the one before.

    The database refuses UPDATE, DELETE and any number but the next one.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_actor_entry_no", "actor", "entry_no"),
        sa.Index("ix_audit_entry_action_entry_no", "action", "entry_no"),
        sa.Index("ix_audit_entry_at", "at"),
    )
    entry_no: int = Field(primary_key=True, sa_type=BIG_KEY, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcTime)
    actor: str
    role: str
    action: str
    object: str
    outcome: str
    address: str
    hash: bytes
