"""Partitions (分区): PostgreSQL keeps events by the month in their UUIDv7, so a late repeat meets its first copy."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from tracker.wire.event_ids import milliseconds_of, time_of


def ensure_partitions(session: Session, event_ids: Iterable[UUID]) -> None:
    """Make the months' partitions that these events need; nothing on SQLite. The caller holds the log's lock."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return
    months = {(moment.year, moment.month) for moment in map(time_of, event_ids)}
    names = {f"event_{year:04}_{month:02}": (year, month) for year, month in months}
    known = connection.execute(
        sa.text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname = ANY(:names)"), {"names": list(names)}
    ).scalars()
    for name in sorted(names.keys() - set(known)):
        year, month = names[name]
        following = (year + month // 12, month % 12 + 1)
        connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE event INCLUDING ALL)")
        connection.exec_driver_sql(  # attaching waits for no reader, as CREATE TABLE … PARTITION OF would
            f"ALTER TABLE event ATTACH PARTITION {name} "
            f"FOR VALUES FROM ('{_first_id(year, month)}') TO ('{_first_id(*following)}')"
        )


def _first_id(year: int, month: int) -> UUID:
    """The smallest UUID of a month: its 48 bits of time, nothing after."""
    return UUID(int=milliseconds_of(datetime(year, month, 1, tzinfo=UTC)) << 80)
