"""A run says what it saw of the tables besides the log; the log's head counts how often missing marks changed.

Runs from before say nothing, and are over.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("score_run", sa.Column("seen", sa.Text(), nullable=True))
    op.add_column("log_head", sa.Column("marks", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("log_head", "marks")
    op.drop_column("score_run", "seen")
