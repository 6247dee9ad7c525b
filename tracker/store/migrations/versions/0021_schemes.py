"""Schemes: drafts by revision, their signatures, and the adopted ones, none of which is ever changed."""

import sqlalchemy as sa
from alembic import op

from tracker.store.append_only import forget_refusals, refuse_changes
from tracker.store.types import EventId, UtcTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEPT = {
    "scheme_draft": (("draft_id", "revision"),),
    "scheme_signature": (("draft_id", "revision", "signer"),),
    "scheme_adopted": (("version",), ("draft_id",)),
}


def upgrade() -> None:
    op.create_table(
        "scheme_draft",
        sa.Column("draft_id", EventId(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("saved_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "revision", name=op.f("pk_scheme_draft")),
    )
    op.create_table(
        "scheme_signature",
        sa.Column("draft_id", EventId(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("signed_at", UtcTime(), nullable=False),
        _of_draft("fk_scheme_signature_draft_id"),
        sa.PrimaryKeyConstraint("draft_id", "revision", "signer", name=op.f("pk_scheme_signature")),
    )
    op.create_table(
        "scheme_adopted",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("draft_id", EventId(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("adopted_at", UtcTime(), nullable=False),
        _of_draft("fk_scheme_adopted_draft_id"),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_scheme_adopted")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_scheme_adopted_draft_id")),
    )
    for statement in refuse_changes(KEPT, op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(KEPT):
        op.drop_table(table)
    for statement in forget_refusals(KEPT, op.get_bind().dialect.name):
        op.execute(statement)


def _of_draft(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["draft_id", "revision"], ["scheme_draft.draft_id", "scheme_draft.revision"], name=op.f(name)
    )
