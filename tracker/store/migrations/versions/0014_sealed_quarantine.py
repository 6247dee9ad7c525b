"""Quarantined bodies are sealed to a key of the vault, which the row names."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("quarantine") as batch_op:
        batch_op.add_column(sa.Column("kid", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("quarantine", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("kid")
