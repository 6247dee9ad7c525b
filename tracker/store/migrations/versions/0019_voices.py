"""Voices: what raters say, what it weighs and what was answered, append-only; whence reviews came, for a while."""

import sqlalchemy as sa
from alembic import op

from tracker.store.append_only import forget_refusals, refuse_changes
from tracker.store.types import UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = {
    "voice": (("voice_no",), ("thread", "turn"), ("code_hash",)),
    "voice_weight": (("voice_no", "turn"),),
    "voice_note": (("note_no",),),
}


def upgrade() -> None:
    op.create_table(
        "voice",
        sa.Column("voice_no", BIG_KEY, nullable=False),
        sa.Column("rater", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("station", sa.String(), nullable=True),
        sa.Column("waybill_no", sa.String(), nullable=True),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("overall", sa.Integer(), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=True),
        sa.Column("reputation", sa.Integer(), nullable=True),
        sa.Column("after_sales", sa.Integer(), nullable=True),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("checklist", sa.String(), nullable=True),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("parcels", sa.Text(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("voice_no", name=op.f("pk_voice")),
        sa.UniqueConstraint("thread", "turn", name=op.f("uq_voice_thread_turn")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_voice_code_hash")),
    )
    op.create_index("ix_voice_carrier_voice_no", "voice", ["carrier", "voice_no"])
    op.create_index("ix_voice_waybill_no", "voice", ["waybill_no"])
    op.create_index("ix_voice_recorded_at", "voice", ["recorded_at"])
    op.create_table(
        "voice_weight",
        sa.Column("voice_no", BIG_KEY, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("hundredths", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("weighed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["voice_no"], ["voice.voice_no"], name=op.f("fk_voice_weight_voice_no")),
        sa.PrimaryKeyConstraint("voice_no", "turn", name=op.f("pk_voice_weight")),
    )
    op.create_table(
        "voice_note",
        sa.Column("note_no", BIG_KEY, nullable=False),
        sa.Column("voice_no", BIG_KEY, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["voice_no"], ["voice.voice_no"], name=op.f("fk_voice_note_voice_no")),
        sa.PrimaryKeyConstraint("note_no", name=op.f("pk_voice_note")),
    )
    op.create_index(op.f("ix_voice_note_voice_no"), "voice_note", ["voice_no"])
    op.create_table(
        "voice_origin",
        sa.Column("voice_no", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("marks", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("voice_no", name=op.f("pk_voice_origin")),
    )
    op.create_index(op.f("ix_voice_origin_recorded_at"), "voice_origin", ["recorded_at"])
    op.create_table(
        "staff_device",
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("device", "carrier", name=op.f("pk_staff_device")),
    )
    op.create_index(op.f("ix_staff_device_seen_at"), "staff_device", ["seen_at"])
    for statement in refuse_changes(KEPT, op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for table in ("staff_device", "voice_origin", "voice_note", "voice_weight", "voice"):
        op.drop_table(table)
    for statement in forget_refusals(KEPT, op.get_bind().dialect.name):
        op.execute(statement)
