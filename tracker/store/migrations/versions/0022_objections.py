"""Objections, their steps and what they excluded, append-only; what was attached is kept sealed for its term."""

import sqlalchemy as sa
from alembic import op

from tracker.store.append_only import forget_refusals, refuse_changes
from tracker.store.types import UtcTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = {
    "objection": (("objection_no",),),
    "objection_step": (("objection_no", "number"),),
    "exclusion": (("exclusion_no",),),
}


def upgrade() -> None:
    op.create_table(
        "objection",
        sa.Column("objection_no", BIG_KEY, nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("parcels", sa.Text(), nullable=False),
        sa.Column("evidence_sha256", sa.String(), nullable=False),
        sa.Column("evidence_type", sa.String(), nullable=False),
        sa.Column("filed_by", sa.String(), nullable=False),
        sa.Column("filed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("objection_no", name=op.f("pk_objection")),
    )
    op.create_index("ix_objection_carrier_objection_no", "objection", ["carrier", "objection_no"])
    op.create_index("ix_objection_kind_key", "objection", ["kind", "key"])
    op.create_table(
        "objection_step",
        sa.Column("objection_no", BIG_KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["objection_no"], ["objection.objection_no"], name=op.f("fk_objection_step_objection_no")
        ),
        sa.PrimaryKeyConstraint("objection_no", "number", name=op.f("pk_objection_step")),
    )
    op.create_table(
        "objection_file",
        sa.Column("objection_no", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("objection_no", name=op.f("pk_objection_file")),
    )
    op.create_table(
        "exclusion",
        sa.Column("exclusion_no", BIG_KEY, nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("objection_no", BIG_KEY, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["objection_no"], ["objection.objection_no"], name=op.f("fk_exclusion_objection_no")),
        sa.PrimaryKeyConstraint("exclusion_no", name=op.f("pk_exclusion")),
    )
    op.create_index("ix_exclusion_kind_key", "exclusion", ["kind", "key"])
    for statement in refuse_changes(KEPT, op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for table in ("exclusion", "objection_file", "objection_step", "objection"):
        op.drop_table(table)
    for statement in forget_refusals(KEPT, op.get_bind().dialect.name):
        op.execute(statement)
