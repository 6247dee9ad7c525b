"""Accounts, their sessions and tokens, wrong logins, and the audit log, which the database lets nobody change."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NEXT = "NEW.entry_no <> COALESCE((SELECT max(entry_no) FROM audit_entry), 0) + 1"  # REPLACE deletes past a trigger
SQLITE = (
    "CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry"
    " BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END",
    "CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry"
    " BEGIN SELECT RAISE(ABORT, 'an audit entry is never deleted'); END",
    f"CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry WHEN {NEXT}"
    " BEGIN SELECT RAISE(ABORT, 'an audit entry has the next number'); END",
)
POSTGRES = (
    "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'an audit entry is never changed or deleted'; END $$",
    "CREATE TRIGGER audit_entry_change BEFORE UPDATE OR DELETE ON audit_entry"
    " FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
    "CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON audit_entry"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("account_no", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=True),
        sa.Column("station", sa.String(), nullable=True),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("platform", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("password_until", UtcTime(), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("disabled_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("account_no", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
    )
    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_no", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("second_factor_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"], name=op.f("fk_login_session_account_no")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login_session")),
    )
    op.create_index(op.f("ix_login_session_account_no"), "login_session", ["account_no"])
    op.create_index(op.f("ix_login_session_expires_at"), "login_session", ["expires_at"])
    op.create_table(
        "api_token",
        sa.Column("token_no", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_no", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"], name=op.f("fk_api_token_account_no")),
        sa.PrimaryKeyConstraint("token_no", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_account_no"), "api_token", ["account_no"])
    op.create_table(
        "login_attempt",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.Column("locked_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_login_attempt")),
    )
    op.create_index("ix_login_attempt_kind_last_at", "login_attempt", ["kind", "last_at"])
    op.create_table(
        "audit_entry",
        sa.Column("entry_no", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_no", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor_entry_no", "audit_entry", ["actor", "entry_no"])
    op.create_index("ix_audit_entry_action_entry_no", "audit_entry", ["action", "entry_no"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
    op.drop_table("login_attempt")
    op.drop_table("api_token")
    op.drop_table("login_session")
    op.drop_table("account")
