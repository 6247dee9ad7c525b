"""An epoch: each life of a store has a number of its own, also where one backup is restored twice."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine

from tracker.store.database import reading, transaction
from tracker.store.epochs import FIRST_SECOND, begin_epoch
from tracker.store.event_store import log_head

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def begin(engine: Engine, now: datetime) -> int:
    with transaction(engine) as session:
        head = begin_epoch(session, now=now)
    with reading(engine) as session:
        assert log_head(session) == head
    return head.epoch


def test_one_backup_restored_twice_lives_under_two_numbers(engine: Engine) -> None:
    first = begin(engine, NOW)
    with transaction(engine) as session:  # the first life is destroyed, the backup comes back
        session.connection().exec_driver_sql("UPDATE log_head SET epoch = 1")
    assert begin(engine, NOW + timedelta(seconds=1)) not in (1, first)


def test_a_clock_that_stands_or_is_wrong_never_gives_a_number_again(engine: Engine) -> None:
    numbers = [begin(engine, moment) for moment in (NOW, NOW, NOW - timedelta(days=9), FIRST_SECOND, FIRST_SECOND)]
    assert numbers == sorted(set(numbers))
    assert begin(engine, datetime(2090, 1, 1, tzinfo=UTC)) < 2**31
