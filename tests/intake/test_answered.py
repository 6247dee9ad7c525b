"""Answered numbers: a scan that came and left no event of its own is not missing from its device's sequence."""

from typing import Any

import pytest

from tests.intake.devices import NOW, Device, Intake, gateway
from tracker.wire.event import encode_event
from tracker.wire.topics import Post


def answered(intake: Intake) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in intake.rows("SELECT seq, outcome FROM answered_seq ORDER BY device_no, seq")]


def test_recorded_events_and_their_repeats_leave_nothing(intake: Intake, device: Device) -> None:
    delivery = device.deliver(device.scan(), device.scan())
    intake.record(delivery)
    intake.record(delivery)
    assert answered(intake) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"step":"arrived"', b'"step":"teleported"'),
        (b'"step":"arrived"', b'"step":NaN'),
        (b'"step":"arrived"', b'"step":' + b"[" * 2000 + b"]" * 2000),
        (b"+00:00", b""),
    ],
    ids=["step", "nan", "nested", "naive"],
)
def test_a_rejected_number_is_noted_as_far_as_its_bytes_tell(
    intake: Intake, device: Device, old: bytes, new: bytes
) -> None:
    device.seq = 6
    bad = encode_event(device.scan()).replace(b"Z", b"+00:00").replace(old, new)
    intake.record(device.deliver(bad, device.scan()))
    intake.record(device.deliver(bad))
    assert answered(intake) == [(7, "rejected")]


@pytest.mark.parametrize("seq", [b"-1", b'"7"', b"99999999999999999999", b"null"])
def test_a_number_that_is_none_is_not_noted(intake: Intake, device: Device, seq: bytes) -> None:
    intake.record(device.deliver(encode_event(device.scan()).replace(b'"seq":1', b'"seq":' + seq)))
    assert answered(intake) == []


def test_an_event_known_under_another_number_is_noted(intake: Intake, device: Device) -> None:
    """A new outbox that is filled from the same file numbers its events anew."""
    scan = device.scan()
    intake.record(device.deliver(scan))
    device.seq = 40
    again = device.scan(event_id=scan.event_id, event_time=scan.event_time)
    intake.record(device.deliver(again, again), at=NOW)
    assert answered(intake) == [(41, "known")]


def test_an_event_known_from_another_device_is_noted(intake: Intake, device: Device) -> None:
    scan = device.scan()
    intake.record(device.deliver(scan))
    other = intake.enrol(gateway())
    intake.record(other.deliver(scan, post=Post("BLUEBIRD", "HZ-01", "replay")))
    assert answered(intake) == [(1, "known")]
