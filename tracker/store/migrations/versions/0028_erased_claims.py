"""What an erased record bears out, for an acceptance that comes after the erasure; not known of those erased before."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import EventId, UtcTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

NAMED = sa.text("waybill_no IS NOT NULL")


def upgrade() -> None:
    op.add_column("erased_record", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("erased_record", sa.Column("event_id", EventId(), nullable=True))
    op.add_column("erased_record", sa.Column("waybill_no", sa.String(), nullable=True))
    op.add_column("erased_record", sa.Column("device_no", sa.Integer(), nullable=True))
    op.add_column("erased_record", sa.Column("commitment", sa.String(), nullable=True))
    op.add_column("erased_record", sa.Column("record_time", UtcTime(), nullable=True))
    op.create_index(
        "ix_erased_record_waybill_no", "erased_record", ["waybill_no"], sqlite_where=NAMED, postgresql_where=NAMED
    )


def downgrade() -> None:
    op.drop_index("ix_erased_record_waybill_no", "erased_record")
    for name in ("record_time", "commitment", "device_no", "waybill_no", "event_id", "told"):
        op.drop_column("erased_record", name)
