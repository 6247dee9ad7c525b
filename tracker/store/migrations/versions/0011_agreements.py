"""Agreements: the carriers' customers whose identity was checked once, at signing."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("agreement_no", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("uscc", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("filed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("carrier", "agreement_no", name=op.f("pk_agreement")),
    )


def downgrade() -> None:
    op.drop_table("agreement")
