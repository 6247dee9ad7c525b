"""Keys of self-service devices, which check senders beforehand; none of those enrolled before is one."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("device_key") as table:
        table.add_column(sa.Column("self_service", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("device_key") as table:
        table.drop_column("self_service")
