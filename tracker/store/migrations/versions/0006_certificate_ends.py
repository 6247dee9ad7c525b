"""When the certificate that a device was given with a key ends; unknown for what was enrolled before."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("device_key") as table:
        table.add_column(sa.Column("certificate_ends", UtcTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("device_key") as table:
        table.drop_column("certificate_ends")
