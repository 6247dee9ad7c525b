"""What persons ask about their own data, each with its clock."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import EventId, UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rights_request",
        sa.Column("request_no", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("requester", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("waybill_nos", sa.Text(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("term_days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("correction_id", EventId(), nullable=True),
        sa.Column("erasure_line", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("request_no", name=op.f("pk_rights_request")),
    )
    op.create_index("ix_rights_request_closed_at", "rights_request", ["closed_at"])
    op.create_index("ix_rights_request_waybill_nos", "rights_request", ["waybill_nos"])


def downgrade() -> None:
    op.drop_table("rights_request")
