"""Rights on the broker (代理权限): a device speaks for itself, hears what is meant for it, and nothing else."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.walk.handheld import STORE, Handheld, build_event, encode, open_jws
from tests.walk.installation import Installation
from tests.walk.metrics import difference, outcomes
from tests.walk.processes import wait_until

REFUSED = [128]  # MQTT 3.1.1 section 3.9.3
OTHERS = "jixin/v1/POSTROAD/CQ-1/GUN-1"
FORBIDDEN = [
    "#", "+/#", "jixin/#", "jixin/v1/#", "jixin/v1/+/+/+/scans", "jixin/v1/+/+/+/receipts",
    f"{OTHERS}/scans", f"{OTHERS}/receipts", f"{OTHERS}/identities", f"{OTHERS}/status", f"{OTHERS}/#",
    "jixin/v1/POSTROAD/CQ-2/GUN-1/scans", "jixin/v1/POSTROAD/CQ-2/GUN-1/#",
    "$MQTT/#", "$MQTT/msgs/#", "$MQTT/sess/#", "$MQTT/+/+/+", "$SYS/#", "$JS/#", "_INBOX/#",
    ">", "jixin/v1/>", "jixin/v1/*/*/*/receipts", "jixin.v1.>", "/#",
]  # fmt: skip


@pytest.fixture(scope="module")
def victim(house: Installation) -> Iterator[Handheld]:
    """A good device at CQ-1."""
    with Handheld.of(house.enrol("POSTROAD", "CQ-1")).online() as device:
        yield device


@pytest.fixture(scope="module")
def spy(house: Installation) -> Iterator[Handheld]:
    """A good device at CQ-2 that wants more than its own."""
    with Handheld.of(house.enrol("POSTROAD", "CQ-2")).online() as device:
        yield device


@pytest.mark.parametrize("topic", FORBIDDEN)
def test_a_device_subscribes_to_nothing_but_its_own(topic: str, spy: Handheld) -> None:
    assert spy.subscribe(topic) == REFUSED
    assert spy.subscribe(topic, qos=1) == REFUSED


def test_a_device_hears_its_own_receipts_and_the_store_and_nobody_else(spy: Handheld, victim: Handheld) -> None:
    assert spy.subscribe("jixin/v1/store") == [0]
    for topic in FORBIDDEN:
        spy.subscribe(topic)
    assert victim.scan("RIGHTS1")["recorded"] == 1
    assert spy.scan("RIGHTS2")["recorded"] == 1
    heard = wait_until(lambda: list(spy.heard.queue), "the store's state")
    assert {message.topic for message in heard} == {"jixin/v1/store"}
    state = open_jws(heard[-1].payload.decode(), spy.enrolment["tracker_keys"], STORE)
    assert set(state) == {"store", "epoch", "position"}
    assert spy.receipts.empty()


def test_what_a_device_publishes_elsewhere_reaches_nobody(house: Installation, spy: Handheld, victim: Handheld) -> None:
    assert victim.subscribe("jixin/v1/store") == [0]
    wait_until(lambda: not victim.heard.empty(), "the store's state")
    victim.heard.queue.clear()
    before = outcomes(house)
    payload = spy.batch(
        encode(build_event("RIGHTS3")), **{part: victim.enrolment[part] for part in ("station", "device")}
    )
    for topic in (victim.topic, f"{OTHERS}/receipts", f"{OTHERS}/status", "jixin/v1/store", "$MQTT/msgs/x", "other"):
        spy.publish(payload, topic, retain=topic.endswith("store"))
    assert_speaks(spy, "RIGHTS4")
    assert_speaks(victim, "RIGHTS5")
    assert difference(before, outcomes(house)) == {("recorded", ""): 2}
    assert house.get("/api/v1/parcels/RIGHTS3/trace").status == 404
    for message in list(victim.heard.queue):
        open_jws(message.payload.decode(), victim.enrolment["tracker_keys"], STORE)
    with Handheld(victim.enrolment).online() as another:
        another.subscribe("jixin/v1/store")
        retained = wait_until(lambda: list(another.heard.queue), "the retained state")
        open_jws(retained[0].payload.decode(), victim.enrolment["tracker_keys"], STORE)


def assert_speaks(device: Handheld, waybill_no: str) -> None:
    """The device is, or comes back, on line and is answered."""
    assert device.connected.wait(20)
    assert device.scan(waybill_no)["recorded"] == 1


@pytest.mark.parametrize(
    ("username", "password"),
    [("", None), (None, "wrong"), ("tracker", "tracker"), ("POSTROAD/CQ-1/GUN-1", "wrong"), ("nobody", "x")],
    ids=["anonymous", "wrong password", "the tracker's name", "another's name", "unknown"],
)
def test_a_wrong_login_is_refused(username: str | None, password: str | None, spy: Handheld) -> None:
    with Handheld(spy.enrolment).connecting(username=username, password=password) as device:
        assert device.answered.wait(20)
        assert device.refusal
        assert not device.connected.is_set()


def test_a_device_that_is_enrolled_while_everything_runs_works_at_once(house: Installation, victim: Handheld) -> None:
    with Handheld.of(house.enrol("POSTROAD", "CQ-3", f"GUN-{uuid4().hex[:6]}")).online() as device:
        assert device.scan("RIGHTS6")["recorded"] == 1
    assert not victim.lost.is_set(), "enrolling one device disconnected another"


def test_a_revoked_device_is_disconnected_at_once_and_refused_later(house: Installation, victim: Handheld) -> None:
    file = house.enrol("POSTROAD", "CQ-4")
    with Handheld.of(file).online() as thief:
        assert thief.scan("RIGHTS7")["recorded"] == 1
        asked = time.monotonic()
        house.must("revoke", "--carrier", "POSTROAD", "--station", "CQ-4", "--device", "GUN-1")
        assert thief.lost.wait(20)
        print(f"disconnected {time.monotonic() - asked:.1f} s after `jixin revoke` was typed")
    with Handheld(thief.enrolment).connecting() as again:
        assert again.answered.wait(20)
        assert again.refusal
    old_key = json.loads(Path(file).read_bytes())
    with Handheld.of(house.enrol("POSTROAD", "CQ-4")).online() as anew:
        assert anew.scan("RIGHTS8")["recorded"] == 1
        payload = thief.batch(encode(build_event("RIGHTS9")))
        assert anew.send(payload)["refused"]["code"] == "key_revoked"
    assert old_key["kid"] != anew.enrolment["kid"]
    assert not victim.lost.is_set(), "revoking one device disconnected another"
