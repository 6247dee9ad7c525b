"""Bad input (坏输入): each gets its own answer, its own count, a place in quarantine, and disturbs nobody else."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.walk.conftest import NewHandheld
from tests.walk.handheld import Handheld, b64, build_event, encode, join, thumbprint
from tests.walk.installation import Installation
from tests.walk.metrics import difference, outcomes
from tests.walk.shift import uuid7

STRANGER = Ed25519PrivateKey.generate()
SECRET = "赵钱孙李"
Payload = Callable[[Handheld], bytes]
Octets = Callable[[], bytes]


@pytest.fixture(scope="module")
def module_handhelds(house: Installation) -> None:
    return None


def good() -> bytes:
    return encode(build_event(f"BAD{uuid4().hex[:12]}"))


def of_stranger(device: Handheld) -> bytes:
    kid = thumbprint(b64(STRANGER.public_key().public_bytes_raw()))
    return device.batch(good(), key=STRANGER, kid=kid)


def with_other_events(device: Handheld) -> bytes:
    return join(device.sign(device.claims(good())), good())


def with_more_in_the_header(device: Handheld) -> bytes:
    event = good()
    return join(device.sign(device.claims(event), crit="b64"), event)


def without_signature(device: Handheld) -> bytes:
    event = good()
    protected = b64(json.dumps({"alg": "none", "kid": device.enrolment["kid"], "typ": "jixin-scans+jws"}).encode())
    return join(f"{protected}.{b64(json.dumps(device.claims(event)).encode())}.", event)


BATCHES: dict[str, tuple[str, Payload]] = {
    "signed by another key": ("signature_invalid", lambda device: device.batch(good(), key=STRANGER)),
    "of a key that nobody enrolled": ("key_unknown", of_stranger),
    "in another station's name": ("topic_mismatch", lambda device: device.batch(good(), station="HZ-2")),
    "in another carrier's name": ("topic_mismatch", lambda device: device.batch(good(), carrier="OTHER")),
    "of version 2": ("version_unknown", lambda device: device.batch(good(), v=2)),
    "of 2 MB": ("too_large", lambda device: device.batch(good()) + b" " * 2_000_000),
    "empty": ("batch_empty", lambda device: device.batch()),
    "of 501 events": ("batch_too_long", lambda device: device.batch(*[good() for _ in range(501)])),
    "with other events than signed": ("digests_mismatch", with_other_events),
    "with more in its header": ("head_malformed", with_more_in_the_header),
    "with the algorithm none": ("head_malformed", without_signature),
    "that is no JSON": ("unreadable", lambda device: f"{SECRET},{device.name}".encode("gbk")),
    "of a million brackets": ("unreadable", lambda device: b'{"head": "", "events": ' + b"[" * 1_000_000),
    "with a member more": ("unreadable", lambda device: device.batch(good())[:-1] + b', "more": 1}'),
}
WITHOUT_BATCH_ID = {"too_large", "unreadable", "head_malformed"}  # nothing that claims an id was read


@pytest.mark.parametrize("name", BATCHES)
def test_a_bad_batch_is_refused_whole_and_a_good_device_beside_it_goes_on(
    name: str, house: Installation, bad: Handheld, neighbour: Handheld
) -> None:
    code, build = BATCHES[name]
    payload = build(bad)
    before = outcomes(house)

    entry = bad.send(payload)

    assert entry["refused"]["code"] == code
    assert SECRET not in entry["refused"]["reason"]
    assert (entry["recorded"], entry["duplicates"], entry["rejected"]) == (0, 0, [])
    assert (entry["first_position"], entry["last_position"]) == (None, None)
    assert (entry["batch_id"] is None) == (code in WITHOUT_BATCH_ID)
    assert_neighbour_goes_on(neighbour)
    assert difference(before, outcomes(house)) == {("refused", code): 1, ("recorded", ""): 1}
    assert_quarantined(house, bad, payload, code)
    assert_still_good(bad)


def nested(depth: int) -> bytes:
    return encode(build_event("BADDEEP")).replace(b"1250", b"[" * depth + b"]" * depth)


def event(**changes: object) -> Octets:
    return lambda: encode(build_event(f"BAD{uuid4().hex[:12]}", **changes))


NOW = datetime.now(UTC)
EVENTS: dict[str, tuple[str, Octets]] = {
    "nested 5,000 deep": ("event_unreadable", lambda: nested(5_000)),
    "with NaN": ("number_not_finite", event(position={"lng": float("nan"), "lat": 30.2})),
    "with Infinity": ("number_not_finite", event(details={"weight_g": float("inf")})),
    "with a naive time": ("time_naive", event(event_time="2026-05-01T09:30:00")),
    "of the year 2099": ("time_in_future", event(event_time="2099-01-01T00:00:00+08:00")),
    "of 2099 with an id of 2099": (
        "time_in_future",
        event(
            event_id=str(uuid7(datetime(2099, 1, 1, tzinfo=UTC))), event_time=datetime(2099, 1, 1, tzinfo=UTC).isoformat()
        ),
    ),
    "37 h ahead": ("time_in_future", event(event_time=(NOW + timedelta(hours=37)).isoformat())),
    "with an id of last month": ("event_id_time_mismatch", event(event_id=str(uuid7(NOW - timedelta(days=30))))),
    "with a random id": ("event_id_not_v7", event(event_id=str(uuid4()))),
    "of an unknown step": ("step_unknown", event(step="teleported")),
    "with free text": ("detail_unknown", event(details={"note": SECRET})),
    "with a name in a code's place": ("field_invalid", event(operator=SECRET)),
    "with a field more": ("field_unknown", event(phone="13800000000")),
    "without a waybill number": ("field_missing", event(waybill_no=None)),
    "of 17 KiB": ("event_too_large", lambda: good() + b" " * 0 if False else encode(build_event("X" * 17_000))),
}


@pytest.mark.parametrize("name", EVENTS)
def test_a_bad_event_is_rejected_alone_and_its_neighbours_are_recorded(
    name: str, house: Installation, bad: Handheld, neighbour: Handheld
) -> None:
    code, build = EVENTS[name]
    octets, before = build(), outcomes(house)

    entry = bad.send(bad.batch(good(), octets, good()))

    assert entry["refused"] is None
    assert (entry["recorded"], entry["duplicates"]) == (2, 0)
    ((rejected_id, rejected_code, reason),) = [tuple(each.values()) for each in entry["rejected"]]
    assert rejected_code == code
    assert rejected_id in (None, json.loads(octets)["event_id"] if code != "event_unreadable" else None)
    assert SECRET not in reason
    assert_neighbour_goes_on(neighbour)
    assert difference(before, outcomes(house)) == {("rejected", code): 1, ("recorded", ""): 3}
    assert_quarantined(house, bad, octets, code)
