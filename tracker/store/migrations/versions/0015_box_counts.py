"""Identity records are counted as they change, and found by what is asked: not looked at yet, or a term that ended."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NEW = sa.text("state = ''")


def upgrade() -> None:
    op.create_table(
        "box_count",
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_box_count")),
    )
    op.execute("INSERT INTO box_count (state, records) SELECT state, count(*) FROM identity_record GROUP BY state")
    op.drop_index("ix_identity_record_state", "identity_record")
    op.drop_index("ix_identity_record_record_time", "identity_record")
    op.create_index("ix_identity_record_new", "identity_record", ["state"], sqlite_where=_NEW, postgresql_where=_NEW)
    op.create_index("ix_identity_record_subject_record_time", "identity_record", ["subject", "record_time"])


def downgrade() -> None:
    op.drop_index("ix_identity_record_subject_record_time", "identity_record")
    op.drop_index("ix_identity_record_new", "identity_record")
    op.create_index("ix_identity_record_record_time", "identity_record", ["record_time"])
    op.create_index("ix_identity_record_state", "identity_record", ["state"])
    op.drop_table("box_count")
