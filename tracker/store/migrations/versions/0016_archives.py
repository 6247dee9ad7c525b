"""Archives' records and declared volumes, which the database lets nobody change."""

import sqlalchemy as sa
from alembic import op

from tracker.store.types import EventId, UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEYS = {  # REPLACE deletes past a trigger, so what stands under a key is asked before
    "archive_record": "record_id = NEW.record_id OR digest = NEW.digest OR replaces = NEW.replaces",
    "declared_volume": "volume_id = NEW.volume_id",
}


def upgrade() -> None:
    op.create_table(
        "archive_record",
        sa.Column("record_id", EventId(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("holder_kind", sa.String(), nullable=False),
        sa.Column("holder_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("info_class", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("proof_sha256", sa.String(), nullable=True),
        sa.Column("proof_type", sa.String(), nullable=True),
        sa.Column("proof_name", sa.String(), nullable=True),
        sa.Column("proof_held_by", sa.String(), nullable=True),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.Column("replaces", EventId(), nullable=True),
        sa.Column("revokes", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_archive_record")),
        sa.UniqueConstraint("digest", name=op.f("uq_archive_record_digest")),
        sa.UniqueConstraint("replaces", name=op.f("uq_archive_record_replaces")),
    )
    for columns in (["holder_code", "holder_kind"], ["kind", "document_date"], ["kind", "key"], ["proof_sha256"]):
        op.create_index(f"ix_archive_record_{'_'.join(columns)}", "archive_record", columns)
    op.create_table(
        "declared_volume",
        sa.Column("volume_id", EventId(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=True),
        sa.Column("parcels", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("volume_id", name=op.f("pk_declared_volume")),
    )
    op.create_index("ix_declared_volume_carrier_month", "declared_volume", ["carrier", "month"])
    on_postgres = op.get_bind().dialect.name == "postgresql"
    if on_postgres:
        op.execute(
            "CREATE FUNCTION refuse_archive_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'an archive is never changed or deleted'; END $$"
        )
    for table in KEYS:
        for statement in _postgres(table) if on_postgres else _sqlite(table):
            op.execute(statement)


def downgrade() -> None:
    for table in KEYS:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_archive_change()")


def _sqlite(table: str) -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'an archive is never changed or deleted'); END"
    known = f"SELECT 1 FROM {table} WHERE {KEYS[table]}"  # noqa: S608 the names are ours
    return [
        f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} WHEN EXISTS ({known}) {refuse}",
    ]


def _postgres(table: str) -> list[str]:
    refuse = "EXECUTE FUNCTION refuse_archive_change()"
    return [
        f"CREATE TRIGGER {table}_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]
