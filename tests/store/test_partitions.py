"""Partitions: on PostgreSQL an event lies in its id's month, so that a repeat next month meets its first copy."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.intake.devices import Device, Intake
from tracker.store.database import reading, transaction
from tracker.store.partitions import ensure_partitions
from tracker.wire.event_ids import build_event_id

MILLISECOND = timedelta(milliseconds=1)
CHILDREN = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event'::regclass"
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def id_at(moment: datetime, noise: int = 0) -> UUID:
    return build_event_id(moment, bytes([noise]) * 10)


def ensure(engine: Engine, *moments: datetime) -> None:
    with transaction(engine) as session:
        ensure_partitions(session, [id_at(moment) for moment in moments])


def partitions(engine: Engine) -> dict[str, int]:
    """The partitions and how many events each holds."""
    with engine.connect() as connection:
        names = connection.scalars(
            sa.text("SELECT relname FROM pg_class WHERE relname ~ '^event_[0-9]' AND relkind = 'r'")
        )
        return {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0 for name in sorted(names)}


def record(intake: Intake, device: Device, moments: Iterable[datetime]) -> None:
    scans = [device.scan(event_time=moment, event_id=id_at(moment, number)) for number, moment in enumerate(moments)]
    assert intake.record(device.deliver(*scans), at=NEW_YEAR + timedelta(days=40)).recorded == len(scans)


@pytest.fixture
def intake(postgres_engine: Engine) -> Intake:
    """A tracker on PostgreSQL."""
    return Intake(postgres_engine)


@pytest.fixture
def device(intake: Intake) -> Device:
    """A device that it knows."""
    return intake.enrol(Device())


def test_a_month_is_made_when_its_first_event_comes(postgres_engine: Engine) -> None:
    assert partitions(postgres_engine) == {}
    ensure(postgres_engine, datetime(2026, 7, 31, 23, 59, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    assert list(partitions(postgres_engine)) == ["event_2026_07"]


def test_making_a_month_again_changes_nothing(postgres_engine: Engine) -> None:
    ensure(postgres_engine, NEW_YEAR)
    ensure(postgres_engine, NEW_YEAR, NEW_YEAR - MILLISECOND)
    assert list(partitions(postgres_engine)) == ["event_2026_12", "event_2027_01"]


def test_december_ends_where_january_begins(postgres_engine: Engine, intake: Intake, device: Device) -> None:
    record(intake, device, [NEW_YEAR - MILLISECOND, NEW_YEAR, NEW_YEAR + timedelta(days=31) - MILLISECOND])
    assert partitions(postgres_engine) == {"event_2026_12": 1, "event_2027_01": 2}


def test_months_are_of_utc_and_of_the_id_not_of_the_event(
    postgres_engine: Engine, intake: Intake, device: Device
) -> None:
    event_time = datetime(2027, 1, 2, tzinfo=UTC)
    scan = device.scan(event_time=event_time, event_id=id_at(event_time - timedelta(days=3)))
    intake.record(device.deliver(scan), at=NEW_YEAR + timedelta(days=40))
    assert partitions(postgres_engine) == {"event_2026_12": 1}


def test_a_device_makes_no_month_before_the_first_day(postgres_engine: Engine, intake: Intake, device: Device) -> None:
    """Its clock may say anything, and any year has its months."""
    moments = [datetime(year, month, 15, tzinfo=UTC) for year in (1970, 2013, 2014, 2015) for month in range(1, 13)]
    intake.record(device.deliver(*(device.scan(event_time=moment) for moment in moments)))
    assert list(partitions(postgres_engine)) == [f"event_2015_{month:02}" for month in range(1, 13)]


def test_a_table_of_the_same_name_elsewhere_is_no_month(postgres_engine: Engine) -> None:
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA elsewhere")
        connection.exec_driver_sql("CREATE TABLE elsewhere.event_2027_01 (x int)")
    ensure(postgres_engine, NEW_YEAR)
    with postgres_engine.connect() as connection:
        assert connection.scalars(sa.text(CHILDREN)).all() == ["event_2027_01"]


def test_a_month_that_was_detached_comes_back_with_its_events(
    postgres_engine: Engine, intake: Intake, device: Device
) -> None:
    record(intake, device, [NEW_YEAR])
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE event DETACH PARTITION event_2027_01")
    record(intake, device, [NEW_YEAR + timedelta(hours=1)])
    assert intake.positions() == [1, 2]


@pytest.mark.parametrize("year", [1970, 2024, 9000])
def test_any_year_has_its_months(postgres_engine: Engine, year: int) -> None:
    ensure(postgres_engine, *(datetime(year, month, 1, tzinfo=UTC) for month in range(1, 13)))
    assert list(partitions(postgres_engine)) == [f"event_{year:04}_{month:02}" for month in range(1, 13)]


def test_a_month_is_made_while_others_read(postgres_engine: Engine, intake: Intake, device: Device) -> None:
    record(intake, device, [NEW_YEAR])
    with reading(postgres_engine) as reader:
        assert reader.connection().scalar(sa.text("SELECT count(*) FROM event")) == 1
        with transaction(postgres_engine) as session:
            session.connection().execute(sa.text("SET LOCAL lock_timeout = '2s'"))
            ensure_partitions(session, [id_at(NEW_YEAR - MILLISECOND)])
    assert list(partitions(postgres_engine)) == ["event_2026_12", "event_2027_01"]


def test_a_month_has_every_index_and_constraint_of_the_whole(postgres_engine: Engine) -> None:
    ensure(postgres_engine, NEW_YEAR)
    inspector = sa.inspect(postgres_engine)
    whole, month = inspector.get_indexes("event"), inspector.get_indexes("event_2027_01")
    assert sorted(index["column_names"] for index in month) == sorted(index["column_names"] for index in whole)
    key = inspector.get_pk_constraint("event_2027_01")["constrained_columns"]
    assert key == inspector.get_pk_constraint("event")["constrained_columns"]


def test_a_repeat_in_another_month_meets_its_first_copy(intake: Intake, device: Device) -> None:
    delivery = device.deliver(device.scan(event_time=NEW_YEAR - MILLISECOND))
    assert intake.record(delivery, at=NEW_YEAR).recorded == 1
    assert intake.record(delivery, at=NEW_YEAR + timedelta(days=60)).duplicates == 1


def test_a_parcel_whose_events_lie_in_two_months_is_read_whole(intake: Intake, device: Device) -> None:
    record(intake, device, [NEW_YEAR - timedelta(hours=1), NEW_YEAR + timedelta(hours=1)])
    assert intake.parcel("W1").scans == 2


def test_sqlite_needs_no_partitions(sqlite_engine: Engine) -> None:
    ensure(sqlite_engine, NEW_YEAR)
    names = sa.inspect(sqlite_engine).get_table_names()
    assert [name for name in names if name.startswith("event")] == ["event"]
