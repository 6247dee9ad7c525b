"""Refusals: each kind of bad batch and bad event gets its own answer, and disturbs nobody else."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.engine import Engine

from tests.intake.devices import NOW, Device, Intake, fresh_id, gateway, only_line, receipts_of
from tracker.intake.delivery import Delivery
from tracker.store.archived import ArchivedMonth, save_archived
from tracker.store.database import reading, transaction
from tracker.store.months import Month
from tracker.store.quarantine import find_quarantined
from tracker.store.registry import revoke_device_keys
from tracker.store.tally import tallies
from tracker.wire.errors import RefusalCode, RejectionCode
from tracker.wire.event import encode_event
from tracker.wire.message import HEAD_TYPE
from tracker.wire.signature import SigningKey, digest_of
from tracker.wire.topics import GATEWAY_DEVICE, Post

UNNAMED = {RefusalCode.TOO_LARGE, RefusalCode.UNREADABLE, RefusalCode.HEAD_MALFORMED}


def claim(device: Device, bodies: list[bytes], **changes: Any) -> bytes:
    """A payload whose signed head says what a careful device would not say."""
    post = device.post
    head = {
        "v": 1, "batch_id": str(fresh_id(NOW)), "carrier": post.carrier, "station": post.station,
        "device": post.device, "sent_at": NOW.isoformat(), "digests": [digest_of(body) for body in bodies],
    } | changes  # fmt: skip
    jws = device.key.sign(json.dumps(head).encode(), typ=HEAD_TYPE)
    return b'{"head":"' + jws.encode() + b'","events":[' + b",".join(bodies) + b"]}"


def forged(device: Device) -> bytes:
    """A batch whose head another key signed under this device's kid."""
    return Device(device.post, SigningKey(device.key.kid, SigningKey.generate().key)).sign([device.scan()])


BAD: dict[RefusalCode, Callable[[Device], bytes]] = {
    RefusalCode.TOO_LARGE: lambda device: b" " * 2_000_000,
    RefusalCode.UNREADABLE: lambda device: b'{"head": "x", "events": [',
    RefusalCode.HEAD_MALFORMED: lambda device: b'{"head": "x.y.z", "events": [{}]}',
    RefusalCode.KEY_UNKNOWN: lambda device: Device(device.post).sign([device.scan()]),
    RefusalCode.KEY_REVOKED: lambda device: device.sign([device.scan()]),
    RefusalCode.SIGNATURE_INVALID: forged,
    RefusalCode.VERSION_UNKNOWN: lambda device: claim(device, [b"{}"], v=2),
    RefusalCode.TOPIC_MISMATCH: lambda device: claim(device, [b"{}"], station="HZ-99"),
    RefusalCode.BATCH_EMPTY: lambda device: claim(device, []),
    RefusalCode.BATCH_TOO_LONG: lambda device: claim(device, [b"{}"] * 501),
    RefusalCode.DIGESTS_MISMATCH: lambda device: claim(device, [b"{}"], digests=[digest_of(b"{ }")]),
}


def build_refusals(intake: Intake) -> dict[RefusalCode, Delivery]:
    """One bad batch of each kind, each from a device of its own."""
    deliveries = {}
    for code, build in BAD.items():
        device = intake.enrol(Device(Post("BLUEBIRD", "HZ-01", code.value.upper())))
        deliveries[code] = Delivery(device.post, build(device))
        if code is RefusalCode.KEY_REVOKED:
            with transaction(intake.engine) as session:
                revoke_device_keys(session, device.post, revoked_at=NOW)
            intake.keyring.refresh(missed=True)
    return deliveries


def test_every_refusal_is_tested_but_our_own_fault() -> None:
    assert BAD.keys() == set(RefusalCode) - {RefusalCode.INTERNAL_ERROR}


def test_each_bad_batch_gets_its_answer_and_disturbs_nobody(intake: Intake, device: Device) -> None:
    bad = build_refusals(intake)
    result = intake.record(*bad.values(), device.deliver(device.scan("GOOD")))
    assert (result.recorded, result.refused) == (1, len(bad))
    receipts = receipts_of(result)
    assert receipts.keys() == {delivery.post for delivery in bad.values()} | {device.post}
    for code, delivery in bad.items():
        (line,) = receipts[delivery.post].batches
        assert line.refused is not None
        assert line.refused.code == code
        assert line.payload_sha256 == digest_of(delivery.payload)
        assert (line.recorded, line.duplicates, line.rejected) == (0, 0, [])
        assert (line.first_position, line.last_position) == (None, None)
        assert (line.batch_id is None) == (code in UNNAMED), code
    with reading(intake.engine) as session:
        kept = {row.code: row for row in find_quarantined(session)}
        assert {code: n for (outcome, code), n in tallies(session).items() if outcome == "refused"} == dict.fromkeys(
            BAD, 1
        )
    assert {code: row.size for code, row in kept.items()} == {code: len(one.payload) for code, one in bad.items()}
    assert {code: row.device for code, row in kept.items()} == {code: one.post.device for code, one in bad.items()}


def test_of_too_large_a_payload_the_first_64_kib_are_kept(intake: Intake, device: Device) -> None:
    payload = bytes(range(256)) * 8_000
    for times in (1, 2, 3):
        intake.record(Delivery(device.post, payload))
        (row,) = intake.rows("SELECT body, size, times_seen FROM quarantine")
        assert (bytes(row[0]), row[1], row[2]) == (payload[: 64 * 1024], len(payload), times)


def test_a_device_cannot_speak_for_another(intake: Intake, device: Device) -> None:
    others = [Post("BLUEBIRD", "HZ-01", "GUN-2"), Post("BLUEBIRD", "HZ-02", "GUN-1"), Post("EVENWAY", "HZ-01", "GUN-1")]
    for post in others:
        for payload in (device.sign([device.scan()]), device.sign([device.scan()], post=post)):
            line = only_line(intake.record(Delivery(post, payload)))
            assert line.refused is not None
            assert line.refused.code == RefusalCode.TOPIC_MISMATCH


def test_a_gateway_speaks_for_stations_as_device_replay_only(intake: Intake) -> None:
    replay = intake.enrol(gateway())
    line = only_line(intake.record(replay.deliver(replay.scan(), post=Post("BLUEBIRD", "HZ-01", "GUN-1"))))
    assert line.refused is not None
    assert line.refused.code == RefusalCode.TOPIC_MISMATCH
    assert intake.record(replay.deliver(replay.scan(), post=Post("BLUEBIRD", "HZ-01", GATEWAY_DEVICE))).recorded == 1


def good_names(device: Device) -> dict[str, Any]:
    """An event as a JSON object that lacks nothing."""
    names: dict[str, Any] = json.loads(encode_event(device.scan("BAD", "departed")))
    return names


def changed(**changes: Any) -> Callable[[Device], bytes]:
    return lambda device: json.dumps(good_names(device) | changes).encode()


BAD_EVENTS: dict[RejectionCode, Callable[[Device], bytes]] = {
    RejectionCode.EVENT_TOO_LARGE: changed(operator="C" * 16_384),
    RejectionCode.EVENT_UNREADABLE: lambda device: b'{"details":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    RejectionCode.NUMBER_NOT_FINITE: changed(position={"lng": float("nan"), "lat": 30.0}),
    RejectionCode.FIELD_MISSING: lambda device: b'{"event_id":"' + str(uuid4()).encode() + b'"}',
    RejectionCode.FIELD_UNKNOWN: changed(note="call the recipient"),
    RejectionCode.FIELD_INVALID: changed(seq=-1),
    RejectionCode.STEP_UNKNOWN: changed(step="teleported"),
    RejectionCode.DETAIL_UNKNOWN: changed(details={"telephone": "1"}),
    RejectionCode.DETAIL_INVALID: changed(details={"vehicle": ""}),
    RejectionCode.TIME_NAIVE: changed(event_time="2026-07-01T08:00:00"),
    RejectionCode.TIME_IN_FUTURE: lambda device: encode_event(device.scan(event_time=NOW.replace(year=2099))),
    RejectionCode.TIME_TOO_OLD: lambda device: encode_event(device.scan(event_time=NOW.replace(year=1999))),
    RejectionCode.MONTH_ARCHIVED: lambda device: encode_event(device.scan(event_time=NOW.replace(year=2022))),
    RejectionCode.EVENT_ID_NOT_V7: changed(event_id=str(uuid4())),
    RejectionCode.EVENT_ID_TIME_MISMATCH: changed(event_id=str(fresh_id(NOW.replace(year=2025)))),
    RejectionCode.EVENT_ID_REUSED: changed(),
}


def close_2022(intake: Intake) -> None:
    """July 2022 is archived and takes no more."""
    with transaction(intake.engine) as session:
        save_archived(session, ArchivedMonth(Month(2022, 7), 1, ((0, 0),), "", archived_at=NOW, closed_at=NOW))


def test_every_rejection_is_tested() -> None:
    crowded = {RejectionCode.WAYBILL_FULL}  # takes a crowd, and has tests of its own
    assert BAD_EVENTS.keys() | crowded == set(RejectionCode)


def test_each_bad_event_gets_its_answer_and_its_neighbours_are_recorded(intake: Intake, device: Device) -> None:
    taken = device.scan("TAKEN")
    intake.record(device.deliver(taken))
    close_2022(intake)
    bodies = {code: build(device) for code, build in BAD_EVENTS.items()}
    bodies[RejectionCode.EVENT_ID_REUSED] = changed(event_id=str(taken.event_id))(device)
    mixed = [part for body in bodies.values() for part in (device.scan("GOOD"), body)]
    result = intake.record(Delivery(device.post, claim(device, [encode(part) for part in mixed])))
    line = only_line(result)
    assert [rejection.code for rejection in line.rejected] == list(bodies)
    assert (line.recorded, line.refused) == (len(bodies), None)
    told = {rejection.code: rejection.event_id for rejection in line.rejected}
    assert told[RejectionCode.EVENT_UNREADABLE] is None
    assert told[RejectionCode.EVENT_ID_REUSED] == str(taken.event_id)
    assert UUID(told[RejectionCode.TIME_NAIVE] or "").version == 7
    kept = {row[0]: bytes(row[1]) for row in intake.rows("SELECT code, body FROM quarantine")}
    assert kept == {code.value: body for code, body in bodies.items()}


def test_a_rejection_names_the_event_where_its_bytes_still_spell_its_id(intake: Intake, device: Device) -> None:
    """So that the station can move it aside, though it is no JSON."""
    event_id = fresh_id(NOW)
    spelled = b'{ "event_id" : "%s", "position": NaN, "details": %s%s}' % (
        str(event_id).upper().encode(),
        b"[" * 5_000,
        b"]" * 5_000,
    )
    line = only_line(intake.record(Delivery(device.post, claim(device, [spelled]))))
    assert [rejection.event_id for rejection in line.rejected] == [str(event_id)]


def encode(part: Any) -> bytes:
    return part if isinstance(part, bytes) else encode_event(part)


def test_a_reason_shows_nothing_of_the_event(sqlite_engine: Engine) -> None:
    intake = Intake(sqlite_engine)
    device = intake.enrol(Device())
    close_2022(intake)
    bodies = [build(device).replace(b"BAD", b"WAYBILL-OF-SOMEBODY") for build in BAD_EVENTS.values()]
    line = only_line(intake.record(Delivery(device.post, claim(device, bodies))))
    assert len(line.rejected) >= len(BAD_EVENTS) - 1
    for rejection in line.rejected:
        for secret in ("SOMEBODY", "recipient", "telephone", "teleported", "2099"):
            assert secret not in rejection.reason
