"""Archived months: which events stand in an archive, of which parcels, with which numbers of which devices."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archived_month",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("positions", sa.Text(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.Column("archived_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("dropped_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_archived_month")),
    )
    op.create_table(
        "archived_parcel",
        sa.Column("waybill_no", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("waybill_no", "month", name=op.f("pk_archived_parcel")),
    )
    op.create_table(
        "archived_seq",
        sa.Column("device_no", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("first_signed", sa.BigInteger(), nullable=True),
        sa.Column("first_made", sa.BigInteger(), nullable=False),
        sa.Column("last_signed", sa.BigInteger(), nullable=True),
        sa.Column("last_made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device_no", "month", "first", name=op.f("pk_archived_seq")),
    )


def downgrade() -> None:
    op.drop_table("archived_seq")
    op.drop_table("archived_parcel")
    op.drop_table("archived_month")
