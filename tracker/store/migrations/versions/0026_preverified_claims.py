"""Claims of an exemption: an acceptance that rests on a check beforehand waits for that check's record."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("identity_claim") as table:
        table.add_column(sa.Column("preverified_for", sa.String(), nullable=True))
        table.add_column(sa.Column("accepted_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM identity_claim WHERE preverified_for IS NOT NULL")
    with op.batch_alter_table("identity_claim") as table:
        table.drop_column("accepted_at")
        table.drop_column("preverified_for")
