"""The record of the tracker's keys: it tells what the files say, and forgets no key that ever signed."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine

from tracker.store.database import reading, transaction
from tracker.store.key_record import RecordedKey, Standing, record_keys, recorded_keys

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def key(kid: str, standing: Standing, *notices: str) -> RecordedKey:
    return RecordedKey(kid, standing, NOW + timedelta(days=ord(kid)), notices)


def record(engine: Engine, *keys: RecordedKey) -> list[RecordedKey]:
    for _ in range(2):  # again changes nothing
        with transaction(engine) as session:
            record_keys(session, keys)
    with reading(engine) as session:
        return recorded_keys(session)


def test_a_key_is_announced_signs_and_becomes_of_the_past(engine: Engine) -> None:
    a = key("a", Standing.PRESENT)
    assert record(engine, a) == [a]
    b = key("b", Standing.NEXT, "a-names-b", "b-names-a")
    assert [each.kid for each in record(engine, a, b)] == ["a", "b"]
    found = record(engine, key("b", Standing.PRESENT, "a-names-b", "b-names-a"))
    assert found == [key("a", Standing.PAST), key("b", Standing.PRESENT, "a-names-b", "b-names-a")]


def test_an_announced_key_that_was_lost_leaves_no_trace_and_a_lost_one_that_signed_does(engine: Engine) -> None:
    record(engine, key("a", Standing.PRESENT), key("b", Standing.NEXT, "n"))
    assert record(engine, key("c", Standing.PRESENT)) == [key("a", Standing.PAST), key("c", Standing.PRESENT)]


def test_when_a_key_was_made_is_told_once(engine: Engine) -> None:
    record(engine, RecordedKey("a", Standing.PRESENT, NOW))
    assert record(engine, RecordedKey("a", Standing.PRESENT, NOW + timedelta(days=9)))[0].made_at == NOW


def test_two_processes_that_start_at_once_write_the_same(engine: Engine) -> None:
    def start() -> None:
        with transaction(engine) as session:
            record_keys(session, [key("a", Standing.PRESENT)])

    with ThreadPoolExecutor(1) as other, transaction(engine) as session:
        record_keys(session, [key("a", Standing.PRESENT)])
        waiting = other.submit(start)
        time.sleep(0.3)  # it has seen a store without keys, and waits for this transaction
        session.commit()
        waiting.result(timeout=30)
    with reading(engine) as session:
        assert recorded_keys(session) == [key("a", Standing.PRESENT)]
