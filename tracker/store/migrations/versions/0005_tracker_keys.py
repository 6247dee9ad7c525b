"""The record of the tracker's keys: which signed when, and the notices that join them."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tracker_key",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("notices", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_tracker_key")),
    )


def downgrade() -> None:
    op.drop_table("tracker_key")
