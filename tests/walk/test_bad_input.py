"""Bad input (坏输入): each gets its own answer, its own count, a place in quarantine, and disturbs nobody else."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.walk.handheld import Handheld, b64, build_event, encode, join, thumbprint
from tests.walk.installation import Installation
from tests.walk.metrics import difference, outcomes
from tests.walk.shift import uuid7

STRANGER = Ed25519PrivateKey.generate()
STRANGERS_KID = thumbprint(b64(STRANGER.public_key().public_bytes_raw()))
SECRET = "赵钱孙李"
NOW = datetime.now(UTC)
NEW_YEAR_2099 = datetime(2099, 1, 1, tzinfo=UTC)
SHOWN = {"code", "reason", "carrier", "station", "device", "size", "sha256", "times_seen", "first_seen", "last_seen"}


@pytest.fixture(scope="module")
def bad(house: Installation) -> Iterator[Handheld]:
    """The device that misbehaves; its key and its login are good."""
    with Handheld.of(house.enrol("BLUEBIRD", "HZ-1")).online() as device:
        yield device


@pytest.fixture(scope="module")
def neighbour(house: Installation) -> Iterator[Handheld]:
    """A good device of another station."""
    with Handheld.of(house.enrol("BLUEBIRD", "HZ-2")).online() as device:
        yield device


def event(**changes: object) -> bytes:
    """A parcel's only event, with changes."""
    return encode(build_event(f"BAD{uuid4().hex[:12]}", **changes))


def assert_quarantined(house: Installation, device: Handheld, octets: bytes, code: str) -> None:
    """The newest of its code in quarantine, by size and hash; never the body."""
    item = house.get(f"/api/v1/quarantine?code={code}&limit=1", as_admin=True).json["items"][0]
    assert set(item) == SHOWN
    assert "/".join(item[part] for part in ("carrier", "station", "device")) == device.name
    assert (item["code"], item["size"], item["times_seen"]) == (code, len(octets), 1)
    assert item["sha256"] == hashlib.sha256(octets).hexdigest()


def with_other_events(device: Handheld) -> bytes:
    return join(device.sign(device.claims(event())), event())


def with_more_in_the_header(device: Handheld) -> bytes:
    body = event()
    return join(device.sign(device.claims(body), crit="b64"), body)


def without_a_signature(device: Handheld) -> bytes:
    body = event()
    header = {"alg": "none", "kid": device.enrolment["kid"], "typ": "jixin-scans+jws"}
    parts = [b64(json.dumps(each).encode()) for each in (header, device.claims(body))]
    return join(".".join([*parts, ""]), body)


BATCHES: dict[str, tuple[str, Callable[[Handheld], bytes]]] = {
    "signed by another key": ("signature_invalid", lambda device: device.batch(event(), key=STRANGER)),
    "of a key that nobody enrolled": (
        "key_unknown", lambda device: device.batch(event(), key=STRANGER, kid=STRANGERS_KID)
    ),
    "in another station's name": ("topic_mismatch", lambda device: device.batch(event(), station="HZ-2")),
    "in another carrier's name": ("topic_mismatch", lambda device: device.batch(event(), carrier="POSTROAD")),
    "of version 2": ("version_unknown", lambda device: device.batch(event(), v=2)),
    "of 2 MB": ("too_large", lambda device: device.batch(event()) + b" " * 2_000_000),
    "that is empty": ("batch_empty", lambda device: device.batch()),
    "of 501 events": ("batch_too_long", lambda device: device.batch(*(event() for _ in range(501)))),
    "with other events than signed": ("digests_mismatch", with_other_events),
    "with more in its header": ("head_malformed", with_more_in_the_header),
    "with the algorithm none": ("head_malformed", without_a_signature),
    "that is no JSON": ("unreadable", lambda device: f"{SECRET},{device.name}".encode("gbk")),
    "of 500,000 brackets": ("unreadable", lambda _device: b'{"head": "", "events": ' + b"[" * 500_000),
    "with a member more": ("unreadable", lambda device: device.batch(event())[:-1] + b', "more": 1}'),
}  # fmt: skip
WITHOUT_AN_ID = {"too_large", "unreadable", "head_malformed"}  # nothing was read that could name the batch


@pytest.mark.parametrize("kind", BATCHES)
def test_a_bad_batch_is_refused_whole_and_its_neighbour_goes_on(
    kind: str, house: Installation, bad: Handheld, neighbour: Handheld
) -> None:
    code, build = BATCHES[kind]
    payload, before = build(bad), outcomes(house)
    answer = bad.send(payload)
    assert answer["refused"]["code"] == code
    assert SECRET not in answer["refused"]["reason"]
    assert (answer["recorded"], answer["duplicates"], answer["rejected"]) == (0, 0, [])
    assert answer["first_position"] is answer["last_position"] is None
    assert (answer["batch_id"] is None) == (code in WITHOUT_AN_ID)
    assert neighbour.send(neighbour.batch(event()))["recorded"] == 1
    assert difference(before, outcomes(house)) == {("refused", code): 1, ("recorded", ""): 1}
    assert_quarantined(house, bad, payload, code)
    assert not bad.lost.is_set()
    assert not neighbour.lost.is_set()


def nested(depth: int) -> bytes:
    return event(details={"weight_g": "deep"}).replace(b'"deep"', b"[" * depth + b"]" * depth)


EVENTS: dict[str, tuple[str, bytes]] = {
    "nested 5,000 deep": ("event_unreadable", nested(5_000)),
    "with NaN": ("number_not_finite", event(position={"lng": float("nan"), "lat": 30.2})),
    "with Infinity": ("number_not_finite", event(details={"weight_g": float("inf")})),
    "with a naive time": ("time_naive", event(event_time="2026-05-01T09:30:00")),
    "of 2099": ("time_in_future", event(event_time="2099-01-01T00:00:00+08:00")),
    "of 2099 with an id of 2099": (
        "time_in_future", event(event_id=str(uuid7(NEW_YEAR_2099)), event_time=NEW_YEAR_2099.isoformat())
    ),
    "37 h ahead": ("time_in_future", event(event_time=(NOW + timedelta(hours=37)).isoformat())),
    "with an id of last month": ("event_id_time_mismatch", event(event_id=str(uuid7(NOW - timedelta(days=30))))),
    "with a random id": ("event_id_not_v7", event(event_id=str(uuid4()))),
    "of an unknown step": ("step_unknown", event(step="teleported")),
    "with free text": ("detail_unknown", event(details={"note": SECRET})),
    "with a name for a code": ("field_invalid", event(operator=SECRET)),
    "with a telephone number": ("field_unknown", event(phone="13800000000")),
    "without a waybill number": ("field_missing", event(waybill_no=None)),
    "of 17 KiB": ("event_too_large", event(details={"platform": "X" * 17_000})),
}  # fmt: skip


@pytest.mark.parametrize("kind", EVENTS)
def test_a_bad_event_is_rejected_alone_and_its_neighbours_are_recorded(
    kind: str, house: Installation, bad: Handheld, neighbour: Handheld
) -> None:
    code, octets = EVENTS[kind]
    before = outcomes(house)
    answer = bad.send(bad.batch(event(), octets, event()))
    assert answer["refused"] is None
    assert (answer["recorded"], answer["duplicates"]) == (2, 0)
    (rejection,) = answer["rejected"]
    assert rejection["code"] == code
    assert rejection["event_id"] == event_id_in(octets)
    assert SECRET not in rejection["reason"]
    assert neighbour.send(neighbour.batch(event()))["recorded"] == 1
    assert difference(before, outcomes(house)) == {("rejected", code): 1, ("recorded", ""): 3}
    assert_quarantined(house, bad, octets, code)
    assert not bad.lost.is_set()


def event_id_in(octets: bytes) -> str:
    """The id that an event tells, also one that is no JSON."""
    (found,) = re.findall(rb'"event_id": "([^"]+)"', octets)
    return str(found.decode())


def test_the_same_event_id_with_other_content_is_rejected_and_the_first_stays(
    house: Installation, bad: Handheld, neighbour: Handheld
) -> None:
    told = build_event("REUSED1", operator="C1")
    first, other = encode(told), encode(told | {"operator": "C2"})
    assert bad.send(bad.batch(first))["recorded"] == 1
    before = outcomes(house)
    answer = bad.send(bad.batch(other))
    assert [each["code"] for each in answer["rejected"]] == ["event_id_reused"]
    assert (answer["recorded"], answer["duplicates"]) == (0, 0)
    assert [each["code"] for each in neighbour.send(neighbour.batch(first))["rejected"]] == ["event_id_reused"]
    assert difference(before, outcomes(house)) == {("rejected", "event_id_reused"): 2}
    assert [each["station"] for each in house.get("/api/v1/parcels/REUSED1/trace").json["events"]] == ["HZ-1"]


def test_the_same_event_with_another_seq_and_spelling_is_known_and_not_recorded_again(
    house: Installation, bad: Handheld
) -> None:
    told = build_event("AGAIN1")
    before = outcomes(house)
    first = bad.send(bad.batch(encode(told)))
    again = bad.send(bad.batch(json.dumps(dict(reversed(told.items())) | {"seq": 77}, indent=1).encode()))
    assert (first["recorded"], again["recorded"], again["duplicates"]) == (1, 0, 1)
    assert again["last_position"] == first["last_position"]
    assert difference(before, outcomes(house)) == {("recorded", ""): 1, ("duplicate", ""): 1}


def test_what_happened_within_36_h_ahead_is_recorded_with_a_finding(house: Installation, bad: Handheld) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=35)
    assert bad.send(bad.batch(encode(build_event("AHEAD1", event_time=ahead.isoformat()))))["recorded"] == 1
    anomalies = house.get("/api/v1/parcels/AHEAD1/trace").json["anomalies"]
    assert "clock_skew" in [each["code"] for each in anomalies]


def test_quarantine_is_for_the_administrator_alone(house: Installation) -> None:
    assert house.get("/api/v1/quarantine").status == 401
