"""Column types: what goes in comes out the same on SQLite and on PostgreSQL, in the same order."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import StatementError

from tracker.store.types import EventId, UtcTime, to_microseconds
from tracker.wire.event_ids import build_event_id

TABLE = sa.Table(
    "typed", sa.MetaData(), sa.Column("no", sa.Integer, primary_key=True),
    sa.Column("moment", UtcTime), sa.Column("event_id", EventId),
)  # fmt: skip
CHINA = timezone(timedelta(hours=8))
MOMENTS = [
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 7, 1, 9, 30, 15, 250_001, tzinfo=CHINA),
    datetime(2026, 7, 1, 9, 30, 15, 250_002, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    datetime(2026, 7, 1, 18, tzinfo=timezone(timedelta(hours=-23, minutes=-59))),
    datetime(2026, 7, 10, tzinfo=timezone(timedelta(hours=23, minutes=59))),
    datetime(9000, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]
IDS = [build_event_id(moment, bytes([number]) * 10) for number, moment in enumerate(MOMENTS)]


@pytest.fixture(scope="module")
def filled(shared_engine: Engine) -> Engine:
    """A table with the moments and ids in the order opposite to theirs, and a row of nothing."""
    TABLE.metadata.create_all(shared_engine)
    with shared_engine.begin() as connection:
        for number, (moment, event_id) in enumerate(zip(MOMENTS, IDS, strict=True)):
            connection.execute(sa.insert(TABLE).values(no=100 - number, moment=moment, event_id=event_id))
        connection.execute(sa.insert(TABLE).values(no=0))
    return shared_engine


def column(engine: Engine, name: str, **ordered: object) -> list[object]:
    statement = sa.select(TABLE.c[name]).where(TABLE.c.no > 0)
    with engine.connect() as connection:
        return list(connection.execute(statement.order_by(ordered.get("by", TABLE.c.no.desc()))).scalars())


def test_a_time_comes_back_to_the_microsecond_in_utc(filled: Engine) -> None:
    moments = column(filled, "moment")
    assert moments == MOMENTS
    assert {moment.utcoffset() for moment in moments if isinstance(moment, datetime)} == {timedelta(0)}


def test_times_and_ids_sort_by_time(filled: Engine) -> None:
    assert column(filled, "moment", by=TABLE.c.moment) == sorted(MOMENTS)
    assert column(filled, "event_id", by=TABLE.c.event_id) == sorted(IDS)


def test_an_id_comes_back_as_it_was(filled: Engine) -> None:
    ids = column(filled, "event_id")
    assert ids == IDS
    assert all(type(event_id) is UUID for event_id in ids)


def test_nothing_stays_nothing(filled: Engine) -> None:
    with filled.connect() as connection:
        assert connection.execute(sa.select(TABLE).where(TABLE.c.no == 0)).one() == (0, None, None)


def test_a_time_and_an_id_are_found_again(filled: Engine) -> None:
    with filled.connect() as connection:
        for moment, event_id in zip(MOMENTS, IDS, strict=True):
            found = connection.execute(
                sa.select(TABLE.c.no).where(TABLE.c.moment == moment.astimezone(CHINA), TABLE.c.event_id == event_id)
            )
            assert len(found.all()) == 1
        later = connection.execute(sa.select(TABLE.c.no).where(TABLE.c.moment > MOMENTS[2]))
        assert len(later.all()) == 4


def test_microseconds_are_exact_far_from_now() -> None:
    assert to_microseconds(datetime(9000, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == 221_876_927_999_999_999
    assert to_microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_a_time_without_a_zone_is_refused_on_sqlite(sqlite_engine: Engine) -> None:
    TABLE.metadata.create_all(sqlite_engine)
    with sqlite_engine.connect() as connection, pytest.raises(StatementError):
        connection.execute(sa.insert(TABLE).values(no=1, moment=datetime(2026, 1, 1)))  # noqa: DTZ001 that is the point
