"""Identity records: sealed boxes apart from the events, and the ids of those that were erased."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import EventId, UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_record",
        sa.Column("record_id", EventId(), nullable=False),
        sa.Column("waybill_no", sa.String(), nullable=False),
        sa.Column("event_id", EventId(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("device_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("record_time", UtcTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("blind_index", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("record_id", "waybill_no", name=op.f("pk_identity_record")),
    )
    for column in ("waybill_no", "kid", "state", "blind_index"):
        op.create_index(f"ix_identity_record_{column}", "identity_record", [column])
    op.create_table(
        "vault_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_word")),
    )
    op.create_table(
        "erased_record",
        sa.Column("record_id", EventId(), nullable=False),
        sa.Column("erased_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_erased_record")),
    )


def downgrade() -> None:
    op.drop_table("erased_record")
    op.drop_table("vault_word")
    op.drop_table("identity_record")
