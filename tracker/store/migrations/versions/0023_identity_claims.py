"""Acceptances that claim a check and whose sealed record has not come; those recorded before claim nothing here."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import EventId, UtcTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_claim",
        sa.Column("event_id", EventId(), nullable=False),
        sa.Column("waybill_no", sa.String(), nullable=False),
        sa.Column("device_no", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("corrects", EventId(), nullable=True),
        sa.Column("record_time", UtcTime(), nullable=False),
        sa.Column("missing_since", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "waybill_no", name=op.f("pk_identity_claim")),
    )
    op.create_index("ix_identity_claim_commitment", "identity_claim", ["commitment"])
    op.create_index("ix_identity_claim_missing_since_record_time", "identity_claim", ["missing_since", "record_time"])


def downgrade() -> None:
    op.drop_table("identity_claim")
