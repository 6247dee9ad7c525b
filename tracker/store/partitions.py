"""Partitions (分区): PostgreSQL keeps events by the month in their UUIDv7, so a late repeat meets its first copy."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from tracker.store.months import Month


def ensure_partitions(session: Session, event_ids: Iterable[UUID]) -> None:
    """Make the months' partitions that these events need; nothing on SQLite. The caller holds the log's lock."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return
    months = {month.partition: month for month in map(Month.of, event_ids)}
    known = connection.execute(
        sa.text(  # a table of that name may lie elsewhere, and be none of this one's
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = 'event'::regclass AND relname = ANY(:names)"
        ),
        {"names": list(months)},
    ).scalars()
    for name in sorted(months.keys() - set(known)):
        first, after = months[name].ids
        connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {name} (LIKE event INCLUDING ALL)")  # or one detached
        connection.exec_driver_sql(  # attaching waits for no reader, as CREATE TABLE … PARTITION OF would
            f"ALTER TABLE event ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{after}')"
        )
