"""Door misses: wrong tries at a parcel's door, by parcel and by address, neither readable here."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "door_miss",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_door_miss")),
    )
    op.create_index(op.f("ix_door_miss_since"), "door_miss", ["since"])


def downgrade() -> None:
    op.drop_table("door_miss")
