"""Room in the pages of the parcel rows, on PostgreSQL: a row that changes stays on its page, and no index hears of it.

A parcel's row changes with every scan, and no indexed column with it (after acceptance): PostgreSQL calls that a
heap-only tuple, and needs room on the same page for the next version.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE parcel SET (fillfactor = 80)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE parcel RESET (fillfactor)")
