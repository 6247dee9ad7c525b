"""The event store: exact bytes in, the same bytes out, with all that proves them."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.intake.devices import NOW, Device, Intake, fresh_id, gateway
from tracker.store.database import reading, transaction
from tracker.store.event_store import (
    events_of,
    events_of_many,
    find_stored,
    find_used_seqs,
    log_head,
    proofs_of,
    save_log_head,
)
from tracker.store.registry import device_counts
from tracker.wire.details import DepartedDetails
from tracker.wire.event import Correction, Position, encode_event
from tracker.wire.message import open_batch
from tracker.wire.signature import digest_of
from tracker.wire.topics import GATEWAY_DEVICE, Post


@pytest.fixture
def intake(engine: Engine) -> Intake:
    """A tracker on an empty store, on SQLite and on PostgreSQL in turn."""
    return Intake(engine)


@pytest.fixture
def device(intake: Intake) -> Device:
    """A device that the tracker knows."""
    return intake.enrol(Device())


def test_a_scan_comes_back_with_every_field(intake: Intake, device: Device) -> None:
    corrects = Correction(event_id=fresh_id(NOW), reason="incorrect_data")
    sent = device.scan(
        "W1", "departed", hours=2, details=DepartedDetails(vehicle="T1", promised_at="2026-07-03"), operator="C1",
        position=Position(lng=120.13026, lat=30.25961), corrects=corrects,
    )  # fmt: skip
    intake.record(device.deliver(sent))
    with reading(intake.engine) as session:
        (scan,) = events_of(session, "W1")
    assert (scan.event_id, scan.waybill_no, scan.step, scan.seq) == (sent.event_id, "W1", "departed", sent.seq)
    assert (scan.event_time, scan.record_time, scan.position) == (sent.event_time, NOW, 1)
    assert (scan.carrier, scan.station, scan.device) == ("BLUEBIRD", "HZ-01", "GUN-1")
    assert (scan.operator, scan.place, scan.corrects) == ("C1", sent.position, corrects)
    assert scan.details == DepartedDetails(vehicle="T1", promised_at="2026-07-03")
    assert (scan.intake_findings, scan.imported) == (("clock_skew",), False)


def test_what_a_gateway_told_is_imported(intake: Intake) -> None:
    replay = intake.enrol(gateway())
    intake.record(replay.deliver(replay.scan("W1"), post=Post("BLUEBIRD", "HZ-01", GATEWAY_DEVICE)))
    with reading(intake.engine) as session:
        assert [scan.imported for scan in events_of(session, "W1")] == [True]


def test_many_parcels_are_read_at_once_and_apart(intake: Intake, device: Device) -> None:
    intake.record(device.deliver(*(device.scan(f"W{number % 3}") for number in range(7))))
    with reading(intake.engine) as session:
        found = events_of_many(session, ["W0", "W2", "NONE", "W0"])
        assert {no: len(scans) for no, scans in found.items()} == {"W0": 3, "W2": 2}
        assert events_of(session, "NONE") == []


def test_an_event_is_proved_by_its_own_bytes_its_head_and_the_receipt(intake: Intake, device: Device) -> None:
    body = b'{"seq": 1,  "event_id": "%s",\n "event_time":"2026-07-01T00:00:00Z","waybill_no":"W1","step":"held"}' % (
        str(fresh_id(NOW)).encode()
    )
    delivery = device.deliver(device.scan("W0"), body)
    ((_, receipt),) = intake.record(delivery).receipts
    with reading(intake.engine) as session:
        (proof,) = proofs_of(session, "W1")
    opened = open_batch(delivery.payload)
    assert (proof.body, proof.batch_index, proof.position) == (body, 1, 2)
    assert (proof.head, proof.receipt, proof.record_time) == (opened.envelope_head, receipt, NOW)
    assert proof.payload_sha256 == digest_of(delivery.payload)


def test_proofs_stand_in_the_order_of_the_log(intake: Intake, device: Device) -> None:
    late, early = device.scan("W1", hours=-1), device.scan("W1", hours=-5)
    intake.record(device.deliver(late))
    intake.record(device.deliver(device.scan("W2"), early))
    with reading(intake.engine) as session:
        assert [proof.event_id for proof in proofs_of(session, "W1")] == [late.event_id, early.event_id]
        assert proofs_of(session, "NONE") == []


def test_known_events_are_found_by_id_whatever_their_parcel(intake: Intake, device: Device) -> None:
    scan, bag = device.scan("W1"), device.scan(None, "departed", bag_no="B1")
    intake.record(device.deliver(scan, bag))
    with reading(intake.engine) as session:
        stored = find_stored(session, [scan.event_id, bag.event_id, fresh_id(NOW)])
    assert {event_id: one.position for event_id, one in stored.items()} == {scan.event_id: 1, bag.event_id: 2}
    assert stored[scan.event_id].body == encode_event(scan)
    assert (stored[bag.event_id].carrier, stored[bag.event_id].station) == ("BLUEBIRD", "HZ-01")


def test_used_counter_values_are_those_of_one_device(intake: Intake, device: Device) -> None:
    other = intake.enrol(Device(Post("BLUEBIRD", "HZ-01", "GUN-2")))
    intake.record(device.deliver(device.scan(seq=3), device.scan(seq=5)), other.deliver(other.scan(seq=4)))
    with reading(intake.engine) as session:
        number = device_counts(session, {device.post})[device.post].device_no
        assert find_used_seqs(session, number, [3, 4, 5, 6]) == {3, 5}


def test_each_store_has_a_name_of_its_own_and_begins_at_nothing(engine: Engine, sqlite_engine: Engine) -> None:
    with reading(engine) as session:
        head = log_head(session)
    assert len(head.store) == 36
    assert (head.epoch, head.position, head.batch_no, head.receipt_no) == (1, 0, 0, 0)


def test_the_log_is_read_with_what_was_written_last(engine: Engine) -> None:
    with transaction(engine) as session:
        head = log_head(session, lock=True)
        save_log_head(session, type(head)(head.store, 2, 2**40, 7, 9))
    with reading(engine) as session:
        assert log_head(session) == type(head)(head.store, 2, 2**40, 7, 9)


def test_a_log_without_a_head_is_said_to_be_no_log_of_ours(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM log_head"))
    with reading(engine) as session, pytest.raises(RuntimeError, match="jixin migrate"):
        log_head(session)
