"""The log's head holds the rolling hash of every event (tracker.ledger.rolling)."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_AT_ONCE = 2_000


def upgrade() -> None:
    with op.batch_alter_table("log_head") as batch_op:
        batch_op.add_column(sa.Column("rolling", sa.LargeBinary(), nullable=False, server_default=sa.text(_zeros())))
    bind = op.get_bind()
    head = bind.scalar(sa.text("SELECT position FROM log_head WHERE id = 1")) or 0
    rolled, rolling = 0, bytes(32)
    part = sa.text("SELECT body FROM event WHERE position > :after ORDER BY position LIMIT :most")
    while found := bind.execute(part, {"after": rolled, "most": _AT_ONCE}).all():
        rolled += len(found)
        for (body,) in found:
            rolling = hashlib.sha256(rolling + hashlib.sha256(bytes(body)).digest()).digest()
    if rolled != head:
        raise RuntimeError(f"the log has {head} positions and {rolled} events here: the hash needs every one of them")
    bind.execute(sa.text("UPDATE log_head SET rolling = :rolling WHERE id = 1"), {"rolling": rolling})
    with op.batch_alter_table("log_head") as batch_op:
        batch_op.alter_column("rolling", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("log_head") as batch_op:
        batch_op.drop_column("rolling")


def _zeros() -> str:
    digits = "00" * 32
    return f"'\\x{digits}'::bytea" if op.get_bind().dialect.name == "postgresql" else f"x'{digits}'"
