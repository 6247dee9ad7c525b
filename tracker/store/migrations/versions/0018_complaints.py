"""Complaints: cases and their events, which nobody changes, and how each case stands."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEPT = ("complaint", "complaint_event")


def upgrade() -> None:
    op.create_table(
        "complaint",
        sa.Column("case_no", sa.String(), nullable=False),
        sa.Column("waybill_no", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("channel_asked", sa.String(), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("first_owner", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_complaint")),
        sa.UniqueConstraint("channel_asked", "source_ref", name=op.f("uq_complaint_channel_asked_source_ref")),
    )
    op.create_index("ix_complaint_waybill_no", "complaint", ["waybill_no"])
    op.create_index("ix_complaint_received_at", "complaint", ["received_at"])
    op.create_table(
        "complaint_event",
        sa.Column("case_no", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_no"], ["complaint.case_no"], name=op.f("fk_complaint_event_case_no")),
        sa.PrimaryKeyConstraint("case_no", "number", name=op.f("pk_complaint_event")),
    )
    op.create_index("ix_complaint_event_kind_at", "complaint_event", ["kind", "at"])
    op.create_table(
        "complaint_standing",
        sa.Column("case_no", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owed_by", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.Column("suspected_of", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["complaint.case_no"], name=op.f("fk_complaint_standing_case_no")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_complaint_standing")),
    )
    op.create_index("ix_complaint_standing_carrier_state", "complaint_standing", ["carrier", "state"])
    op.create_index("ix_complaint_standing_due_on", "complaint_standing", ["due_on"])
    op.create_index("ix_complaint_standing_merged_into", "complaint_standing", ["merged_into"])
    if op.get_bind().dialect.name == "sqlite":
        for table in KEPT:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_{change.lower()} BEFORE {change} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, 'what was told in a complaint is never changed'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_complaint_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'what was told in a complaint is never changed'; END $$"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_complaint_change()"
        )


def downgrade() -> None:
    op.drop_table("complaint_standing")
    op.drop_table("complaint_event")
    op.drop_table("complaint")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_complaint_change")
