"""How far the list of erasures was applied, and identity records in the order in which their terms end."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures_applied",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures_applied")),
    )
    op.create_index("ix_identity_record_record_time", "identity_record", ["record_time"])


def downgrade() -> None:
    op.drop_index("ix_identity_record_record_time", "identity_record")
    op.drop_table("erasures_applied")
