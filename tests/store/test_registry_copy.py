"""The registry kept apart: merging brings back what is missing, closes what was revoked, and opens nothing."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy.engine import Engine

from tracker.store.database import reading, transaction
from tracker.store.registry import (
    ANY,
    Carrier,
    Station,
    carriers,
    device_keys,
    revoke_device_keys,
    save_carrier,
    save_device_key,
    save_silence_threshold,
    save_station,
    stations_of,
)
from tracker.store.registry_copy import RegistryCopy, collect_registry, merge_registry
from tracker.wire.topics import GATEWAY_DEVICE, Post

NOW = datetime(2026, 7, 1, tzinfo=UTC)
GUN = Post("BLUEBIRD", "HZ-01", "GUN-1")
BLUEBIRD = Carrier("BLUEBIRD", "青鸟速运", "Bluebird Express", "91330100MA0000000A", verified=True)
HANGZHOU = Station("BLUEBIRD", "HZ-01", "西湖", "330106", verified=True)


def enrol(engine: Engine, kid: str, post: tuple[str, str, str] = ("BLUEBIRD", "HZ-01", "GUN-1")) -> None:
    with transaction(engine) as session:
        save_device_key(
            session, carrier=post[0], station=post[1], device=post[2], kid=kid, public_key=kid.encode(), enrolled_at=NOW
        )


def collect(engine: Engine) -> RegistryCopy:
    """As it travels: through its file."""
    with reading(engine) as session:
        return msgspec.json.decode(msgspec.json.encode(collect_registry(session)), type=RegistryCopy)


def merge(engine: Engine, copy: RegistryCopy) -> int:
    with transaction(engine) as session:
        return merge_registry(session, copy)


def wipe(engine: Engine) -> None:
    with transaction(engine) as session:
        for table in ("device_key", "device", "station", "carrier"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")


def test_an_empty_store_gets_everybody_back(engine: Engine) -> None:
    with transaction(engine) as session:
        save_carrier(session, BLUEBIRD)
        save_station(session, HANGZHOU)
        assert save_silence_threshold(session, "BLUEBIRD", "HZ-01", hours=72)
    enrol(engine, "gun")
    enrol(engine, "gateway", (ANY, ANY, GATEWAY_DEVICE))
    with transaction(engine) as session:
        revoke_device_keys(session, GUN, revoked_at=NOW)
    with reading(engine) as session:
        before = device_keys(session)
    copy = collect(engine)
    wipe(engine)
    assert merge(engine, copy) == 2
    assert collect(engine) == copy
    assert [station.silent_after_hours for station in copy.stations] == [72]
    with reading(engine) as session:
        assert carriers(session) == {"BLUEBIRD": BLUEBIRD}
        assert stations_of(session, [("BLUEBIRD", "HZ-01")]) == {("BLUEBIRD", "HZ-01"): HANGZHOU}
        after = device_keys(session)
    assert {kid: (key.public_key, key.revoked, key.is_gateway) for kid, key in after.items()} == {
        kid: (key.public_key, key.revoked, key.is_gateway) for kid, key in before.items()
    }
    assert after["gun"].revoked


def test_merging_adds_and_closes_and_never_opens(engine: Engine) -> None:
    enrol(engine, "old")
    older = collect(engine)
    enrol(engine, "new", ("BLUEBIRD", "HZ-01", "GUN-2"))
    with transaction(engine) as session:
        revoke_device_keys(session, GUN, revoked_at=NOW)
    newer = collect(engine)
    assert merge(engine, older) == 0
    assert collect(engine) == newer
    wipe(engine)
    assert merge(engine, older) == 1
    assert merge(engine, newer) == 2
    assert collect(engine) == newer


def test_a_name_that_is_told_already_stays(engine: Engine) -> None:
    with transaction(engine) as session:
        save_carrier(session, Carrier("BLUEBIRD"))
    copy = collect(engine)
    with transaction(engine) as session:
        save_carrier(session, BLUEBIRD)
    merge(engine, copy)
    with reading(engine) as session:
        assert carriers(session) == {"BLUEBIRD": BLUEBIRD}
