"""The status of devices, when each was recorded from, a station's own threshold, and numbers that left no event."""

import re

import sqlalchemy as sa
from alembic import op

from tracker.store.types import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_REJECTED = [
    *("event_too_large", "event_unreadable", "number_not_finite", "field_missing", "field_unknown", "field_invalid"),
    *("step_unknown", "detail_unknown", "detail_invalid", "time_naive", "time_in_future"),
    *("event_id_not_v7", "event_id_time_mismatch", "event_id_reused"),
]
_SEQ = re.compile(rb'"seq"\s*:\s*([0-9]{1,18})\s*[,}]')


def upgrade() -> None:
    op.create_table(
        "device_status",
        sa.Column("device_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=True),
        sa.Column("oldest_waiting", UtcTime(), nullable=True),
        sa.Column("heard_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["device_no"], ["device.device_no"], name=op.f("fk_device_status_device_no")),
        sa.PrimaryKeyConstraint("device_no", name=op.f("pk_device_status")),
    )
    op.create_table(
        "answered_seq",
        sa.Column("device_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("device_no", "seq", name=op.f("pk_answered_seq")),
    )
    op.add_column("station", sa.Column("silent_after_hours", sa.Integer(), nullable=True))
    op.add_column("device", sa.Column("last_recorded_at", UtcTime(), nullable=True))
    op.execute(
        "UPDATE device SET last_recorded_at = (SELECT event.record_time FROM event"
        " WHERE event.device_no = device.device_no ORDER BY event.seq DESC LIMIT 1)"
    )
    _keep_rejected()


def _keep_rejected() -> None:
    """What was rejected before is in the quarantine only: its numbers came, and are not missing."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT device.device_no, quarantine.body FROM quarantine JOIN device"
            " ON device.carrier = quarantine.carrier AND device.station = quarantine.station"
            " AND device.device = quarantine.device WHERE quarantine.code IN :codes"
        ).bindparams(sa.bindparam("codes", _REJECTED, expanding=True))
    ).all()
    seen = ((device_no, _SEQ.search(bytes(body))) for device_no, body in rows)
    numbers = {(device_no, int(found[1])) for device_no, found in seen if found}
    if numbers:
        connection.execute(
            sa.text("INSERT INTO answered_seq (device_no, seq, outcome) VALUES (:device_no, :seq, 'rejected')"),
            [{"device_no": device_no, "seq": seq} for device_no, seq in sorted(numbers)],
        )


def downgrade() -> None:
    op.drop_column("device", "last_recorded_at")
    op.drop_column("station", "silent_after_hours")
    op.drop_table("answered_seq")
    op.drop_table("device_status")
