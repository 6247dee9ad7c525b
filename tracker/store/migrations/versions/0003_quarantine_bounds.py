"""The quarantine is bounded: whose rows they are, how much each holds, bodies that may go, ids that never return."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HOLDER = "CASE WHEN device = 'replay' THEN 'replay' ELSE carrier || '/' || station || '/' || device END"


def upgrade() -> None:
    with op.batch_alter_table("quarantine") as batch_op:
        batch_op.add_column(sa.Column("holder", sa.String(), nullable=True))
    op.execute(f"UPDATE quarantine SET holder = {_HOLDER}")  # noqa: S608 our own words
    with op.batch_alter_table("quarantine", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.alter_column("holder", existing_type=sa.String(), nullable=False)
        batch_op.alter_column("body", existing_type=sa.LargeBinary(), nullable=True)
        batch_op.alter_column("id", existing_type=sa.Integer(), type_=_BIG_KEY, existing_nullable=False)
        batch_op.drop_constraint("uq_quarantine_sha256_code", type_="unique")
        batch_op.create_unique_constraint("uq_quarantine_sha256_code_holder", ["sha256", "code", "holder"])
        batch_op.create_index("ix_quarantine_holder_id", ["holder", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER SEQUENCE quarantine_id_seq AS BIGINT")
    op.create_table(
        "quarantine_use",
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("bare_through", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_quarantine_use")),
    )
    op.create_index(op.f("ix_quarantine_use_rows"), "quarantine_use", ["rows"])
    op.create_index(op.f("ix_quarantine_use_bytes"), "quarantine_use", ["bytes"])
    for holder, group in (("holder", "GROUP BY holder"), ("''", "")):
        op.execute(
            "INSERT INTO quarantine_use (holder, rows, bytes, bare_through) "  # noqa: S608 our own words
            f"SELECT {holder}, count(*), coalesce(sum(length(body)), 0), 0 FROM quarantine {group}"
        )


def downgrade() -> None:
    op.drop_table("quarantine_use")
    op.execute("DELETE FROM quarantine WHERE body IS NULL")  # earlier code believes that each has one
    op.execute(
        "DELETE FROM quarantine WHERE id NOT IN (SELECT id FROM (SELECT min(id) AS id FROM quarantine "
        "GROUP BY sha256, code) AS firsts)"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER SEQUENCE quarantine_id_seq AS INTEGER")
    with op.batch_alter_table("quarantine") as batch_op:
        batch_op.drop_index("ix_quarantine_holder_id")
        batch_op.drop_constraint("uq_quarantine_sha256_code_holder", type_="unique")
        batch_op.create_unique_constraint("uq_quarantine_sha256_code", ["sha256", "code"])
        batch_op.alter_column("id", existing_type=_BIG_KEY, type_=sa.Integer(), existing_nullable=False)
        batch_op.alter_column("body", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.drop_column("holder")
