"""The first tables: events in order, what proves them, parcels, goods, scores."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from tracker.store.types import EventId, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_HEAD = ("id", "store", "epoch", "position", "batch_no", "receipt_no")


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("batch_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", EventId(), nullable=False),
        sa.Column("device_no", sa.Integer(), nullable=False),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("receipt_no", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_no", name=op.f("pk_batch")),
    )
    op.create_table(
        "carrier",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=True),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("uscc", sa.String(), nullable=True),
        sa.Column("is_dataset", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_carrier")),
    )
    with op.batch_alter_table("carrier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_carrier_uscc"), ["uscc"], unique=False)

    op.create_table(
        "device",
        sa.Column("device_no", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device_no", name=op.f("pk_device")),
        sa.UniqueConstraint("carrier", "station", "device", name=op.f("uq_device_carrier_station_device")),
    )
    op.create_table(
        "event",
        sa.Column("event_id", EventId(), nullable=False),
        sa.Column("waybill_no", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("event_time", UtcTime(), nullable=False),
        sa.Column("device_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("batch_no", sa.BigInteger(), nullable=False),
        sa.Column("batch_index", sa.SmallInteger(), nullable=False),
        sa.Column("record_time", UtcTime(), nullable=False),
        sa.Column("findings", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "waybill_no", name=op.f("pk_event")),
        postgresql_partition_by="RANGE (event_id)",
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_device_no_seq", ["device_no", "seq"], unique=False)
        batch_op.create_index("ix_event_position", ["position"], unique=False)
        batch_op.create_index("ix_event_waybill_no", ["waybill_no"], unique=False)

    op.create_table(
        "job_claim",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("claimed_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("job", "period", name=op.f("pk_job_claim")),
    )
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("batch_no", sa.BigInteger(), nullable=False),
        sa.Column("receipt_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    log_head = sa.table("log_head", *(sa.column(name) for name in _HEAD))
    op.bulk_insert(log_head, [dict(zip(_HEAD, (1, str(uuid4()), 1, 0, 0, 0), strict=True))])
    op.create_table(
        "packing",
        sa.Column("event_id", EventId(), nullable=False),
        sa.Column("waybill_no", sa.String(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("gtin", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "waybill_no", "item", name=op.f("pk_packing")),
    )
    with op.batch_alter_table("packing", schema=None) as batch_op:
        batch_op.create_index("ix_packing_gtin_lot_serial", ["gtin", "lot", "serial"], unique=False)

    op.create_table(
        "parcel",
        sa.Column("waybill_no", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("destination", sa.String(), nullable=True),
        sa.Column("announced_at", UtcTime(), nullable=True),
        sa.Column("pickup_due", UtcTime(), nullable=True),
        sa.Column("accepted_at", UtcTime(), nullable=True),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("final_at", UtcTime(), nullable=True),
        sa.Column("first_operator", sa.String(), nullable=True),
        sa.Column("last_operator", sa.String(), nullable=True),
        sa.Column("last_station", sa.String(), nullable=True),
        sa.Column("identity_checked", sa.Boolean(), nullable=False),
        sa.Column("inspected", sa.Boolean(), nullable=False),
        sa.Column("screened", sa.Boolean(), nullable=False),
        sa.Column("stored_without_consent", sa.Boolean(), nullable=False),
        sa.Column("damaged", sa.Boolean(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("on_the_way", sa.Boolean(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("life", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("waybill_no", name=op.f("pk_parcel")),
    )
    with op.batch_alter_table("parcel", schema=None) as batch_op:
        batch_op.create_index("ix_parcel_accepted_at_carrier", ["accepted_at", "carrier"], unique=False)

    op.create_table(
        "product",
        sa.Column("gtin", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("maker", sa.String(), nullable=False),
        sa.Column("maker_uscc", sa.String(), nullable=True),
        sa.Column("production_place", sa.String(), nullable=False),
        sa.Column("produced_on", sa.String(), nullable=False),
        sa.Column("inspection_result", sa.String(), nullable=False),
        sa.Column("inspection_report", sa.String(), nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("gtin", "lot", "serial", name=op.f("pk_product")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("times_seen", sa.Integer(), nullable=False),
        sa.Column("first_seen", UtcTime(), nullable=False),
        sa.Column("last_seen", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("sha256", "code", name=op.f("uq_quarantine_sha256_code")),
    )
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quarantine_code"), ["code"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("receipt_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record_time", UtcTime(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_no", name=op.f("pk_receipt")),
    )
    op.create_table(
        "score_run",
        sa.Column("run_id", EventId(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("as_of", UtcTime(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("evidence_sha256", sa.String(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_score_run")),
    )
    with op.batch_alter_table("score_run", schema=None) as batch_op:
        batch_op.create_index("ix_score_run_from_date_to_date_as_of", ["from_date", "to_date", "as_of"], unique=False)

    op.create_table(
        "station",
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("carrier", "code", name=op.f("pk_station")),
    )
    op.create_table(
        "tally",
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outcome", "code", name=op.f("pk_tally")),
    )
    op.create_table(
        "device_key",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("device_no", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["device_no"], ["device.device_no"], name=op.f("fk_device_key_device_no")),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_device_key")),
    )
    with op.batch_alter_table("device_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_key_device_no"), ["device_no"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("device_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_key_device_no"))

    op.drop_table("device_key")
    op.drop_table("tally")
    op.drop_table("station")
    with op.batch_alter_table("score_run", schema=None) as batch_op:
        batch_op.drop_index("ix_score_run_from_date_to_date_as_of")

    op.drop_table("score_run")
    op.drop_table("receipt")
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quarantine_code"))

    op.drop_table("quarantine")
    op.drop_table("product")
    with op.batch_alter_table("parcel", schema=None) as batch_op:
        batch_op.drop_index("ix_parcel_accepted_at_carrier")

    op.drop_table("parcel")
    with op.batch_alter_table("packing", schema=None) as batch_op:
        batch_op.drop_index("ix_packing_gtin_lot_serial")

    op.drop_table("packing")
    op.drop_table("log_head")
    op.drop_table("job_claim")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_waybill_no")
        batch_op.drop_index("ix_event_position")
        batch_op.drop_index("ix_event_device_no_seq")

    op.drop_table("event")
    op.drop_table("device")
    with op.batch_alter_table("carrier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_carrier_uscc"))

    op.drop_table("carrier")
    op.drop_table("batch")
