"""When a device last signed, by its own clock, and how far that clock was off; unknown for what came before."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:  # each by itself: to copy the table over would break the keys that point to it
    op.add_column("device", sa.Column("signed_at", UtcTime(), nullable=True))
    op.add_column("device", sa.Column("clock_off_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("device", "clock_off_ms")
    op.drop_column("device", "signed_at")
