"""A parcel's row tells how long each stage of its way took, whether it stayed in one city, and its late scans.

Rows from before have no times: what was not measured is unknown, until the parcel's next scan.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TIMES = ("full_ms", "origin_ms", "transport_ms", "destination_ms", "delivery_ms")


def upgrade() -> None:
    with op.batch_alter_table("parcel") as batch_op:
        batch_op.add_column(sa.Column("same_city", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("scans_late", sa.Integer(), nullable=False, server_default="0"))
        for name in TIMES:
            batch_op.add_column(sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("parcel") as batch_op:
        for name in ("same_city", "scans_late", *TIMES):
            batch_op.drop_column(name)
