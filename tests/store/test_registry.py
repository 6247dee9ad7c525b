"""The registry: who is known, under which key, and whether anybody vouches for it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from sqlalchemy.engine import Engine
from sqlmodel import Session

from tests.chain.builders import scan
from tracker.chain.scan import Scan
from tracker.store.event_store import NewEvent, append_events
from tracker.store.registry import (
    ANY,
    Carrier,
    DeviceCount,
    Station,
    carrier_of,
    carriers,
    device_counts,
    device_keys,
    public_keys_of,
    revoke_device_keys,
    revoke_gateway_keys,
    save_carrier,
    save_device_key,
    save_last_seqs,
    save_station,
    stations_of,
)
from tracker.wire.topics import GATEWAY_DEVICE, Post

NOW = datetime(2026, 7, 1, tzinfo=UTC)
POST = Post("BLUEBIRD", "HZ-01", "GUN-1")
BLUEBIRD = Carrier("BLUEBIRD", "青鸟速运", "Bluebird Express", "91330100MA0000000A", verified=True)


def enrol(session: Session, kid: str, carrier: str = "BLUEBIRD", station: str = "HZ-01", device: str = "GUN-1") -> None:
    save_device_key(
        session, carrier=carrier, station=station, device=device, kid=kid, public_key=kid.encode(), enrolled_at=NOW
    )


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """One transaction; what it writes is read in it, and gone when the test ends."""
    with Session(shared_engine) as one:
        yield one


def test_a_carrier_is_found_by_its_code_and_by_its_uscc(session: Session) -> None:
    save_carrier(session, BLUEBIRD)
    save_carrier(session, Carrier("EVENWAY"))
    assert carrier_of(session, "BLUEBIRD") == carrier_of(session, "91330100MA0000000A") == BLUEBIRD
    assert carrier_of(session, "EVENWAY") == Carrier("EVENWAY", None, None, None, False, False)
    assert carrier_of(session, "NOBODY") is None


def test_a_code_is_believed_before_a_uscc(session: Session) -> None:
    save_carrier(session, BLUEBIRD)
    save_carrier(session, Carrier("91330100MA0000000A"))
    found = carrier_of(session, "91330100MA0000000A")
    assert found is not None
    assert found.code == "91330100MA0000000A"


def test_saving_again_takes_the_place_of_what_was_known(session: Session) -> None:
    save_carrier(session, BLUEBIRD)
    save_carrier(session, Carrier("BLUEBIRD", is_dataset=True))
    save_station(session, Station("BLUEBIRD", "HZ-01", "old", "330106", verified=True))
    save_station(session, Station("BLUEBIRD", "HZ-01", "new"))
    assert carriers(session) == {"BLUEBIRD": Carrier("BLUEBIRD", is_dataset=True)}
    assert stations_of(session, {("BLUEBIRD", "HZ-01")}) == {("BLUEBIRD", "HZ-01"): Station("BLUEBIRD", "HZ-01", "new")}


def test_stations_of_two_carriers_may_have_the_same_code(session: Session) -> None:
    for carrier in ("BLUEBIRD", "EVENWAY"):
        save_station(session, Station(carrier, "HZ-01", carrier))
    wanted = {("EVENWAY", "HZ-01"), ("EVENWAY", "HZ-02"), ("BLUEBIRD", "HZ-03")}
    assert {key: station.name for key, station in stations_of(session, wanted).items()} == {
        ("EVENWAY", "HZ-01"): "EVENWAY"
    }
    assert stations_of(session, set()) == {}


def test_enrolling_makes_carrier_station_and_device_and_vouches_for_them(session: Session) -> None:
    enrol(session, "k1")
    assert carriers(session)["BLUEBIRD"].verified
    assert stations_of(session, {("BLUEBIRD", "HZ-01")})["BLUEBIRD", "HZ-01"].verified
    key = device_keys(session)["k1"]
    assert (key.public_key, key.carrier, key.station, key.device) == (b"k1", "BLUEBIRD", "HZ-01", "GUN-1")
    assert (key.revoked, key.is_gateway) == (False, False)


def test_enrolling_does_not_forget_what_is_known_of_a_carrier(session: Session) -> None:
    save_carrier(session, BLUEBIRD)
    enrol(session, "k1")
    assert carriers(session)["BLUEBIRD"] == BLUEBIRD


def test_a_second_key_is_the_same_devices(session: Session) -> None:
    enrol(session, "k1")
    enrol(session, "k2")
    enrol(session, "k2")
    keys = device_keys(session)
    assert keys["k1"].device_no == keys["k2"].device_no
    assert len(keys) == 2


def test_revoking_closes_every_key_of_one_device_once(session: Session) -> None:
    for kid, device in (("k1", "GUN-1"), ("k2", "GUN-1"), ("k3", "GUN-2")):
        enrol(session, kid, device=device)
    assert revoke_device_keys(session, POST, revoked_at=NOW) == 2
    assert revoke_device_keys(session, POST, revoked_at=NOW) == 0
    assert {kid: key.revoked for kid, key in device_keys(session).items()} == {"k1": True, "k2": True, "k3": False}


def test_revoking_the_gateways_closes_their_keys_and_no_others(session: Session) -> None:
    enrol(session, "k1")
    enrol(session, "g1", ANY, ANY, GATEWAY_DEVICE)
    enrol(session, "g2", ANY, ANY, GATEWAY_DEVICE)
    assert revoke_gateway_keys(session, revoked_at=NOW) == 2
    assert revoke_gateway_keys(session, revoked_at=NOW) == 0
    assert {kid: key.revoked for kid, key in device_keys(session).items()} == {"k1": False, "g1": True, "g2": True}


def test_a_revoked_key_stays_revoked_when_it_is_enrolled_again(session: Session) -> None:
    enrol(session, "k1")
    revoke_device_keys(session, POST, revoked_at=NOW)
    enrol(session, "k1")
    assert device_keys(session)["k1"].revoked


def test_a_gateways_key_makes_no_carrier(session: Session) -> None:
    enrol(session, "g", ANY, ANY, GATEWAY_DEVICE)
    assert carriers(session) == {}
    key = device_keys(session)["g"]
    assert key.is_gateway
    assert key.may_speak_for(Post("X", "Y", GATEWAY_DEVICE))
    assert not key.may_speak_for(POST)


def test_a_device_has_counted_nothing_before_its_first_scan(session: Session) -> None:
    enrol(session, "k1")
    number = device_keys(session)["k1"].device_no
    assert device_counts(session, {POST}) == {POST: DeviceCount(number, -1)}
    save_last_seqs(session, [DeviceCount(number, 2**63 - 1)], recorded_at=NOW)
    assert device_counts(session, {POST})[POST].last_seq == 2**63 - 1


def test_posts_that_nobody_enrolled_are_made_once_and_vouched_for_by_nobody(session: Session) -> None:
    enrol(session, "k1")
    posts = {POST, Post("NEWCO", "N-1", GATEWAY_DEVICE), Post("NEWCO", "HZ-01", GATEWAY_DEVICE)}
    first = device_counts(session, posts)
    assert first.keys() == posts
    assert len({count.device_no for count in first.values()}) == 3
    assert device_counts(session, posts) == first
    assert not carriers(session)["NEWCO"].verified
    assert carriers(session)["BLUEBIRD"].verified


def test_a_gateways_own_device_stands_for_no_post(session: Session) -> None:
    enrol(session, "g", ANY, ANY, GATEWAY_DEVICE)
    post = Post("NEWCO", "N-1", GATEWAY_DEVICE)
    assert device_counts(session, {post})[post].device_no != device_keys(session)["g"].device_no


def test_a_parcels_keys_are_its_devices_and_the_gateways(session: Session) -> None:
    for kid, carrier, station, device in (
        ("k1", "BLUEBIRD", "HZ-01", "GUN-1"),
        ("k2", "BLUEBIRD", "HZ-01", "GUN-2"),
        ("g", ANY, ANY, GATEWAY_DEVICE),
    ):
        enrol(session, kid, carrier, station, device)
    scan = scan_at(POST)
    number = device_counts(session, {POST})[POST].device_no
    append_events(session, [NewEvent(scan, b"{}", number, 1, 0)])
    assert public_keys_of(session, "W1") == {"k1": b"k1", "g": b"g"}
    assert public_keys_of(session, "W2") == {"g": b"g"}


def scan_at(post: Post) -> Scan:
    return replace(scan("arrived"), carrier=post.carrier, station=post.station, device=post.device, position=1)
