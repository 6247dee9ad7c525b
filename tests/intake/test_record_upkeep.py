"""Identity records are kept sealed, once, and answered like scans; they leave the log as it is."""

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.intake.devices import GUN, NOW, Device, Intake, fresh_id, receipts_of
from tests.wire.test_sealing import build_record
from tracker.intake import record_upkeep
from tracker.intake.delivery import Delivery, ReadRecords, RefusedBatch, read_alone
from tracker.intake.ingest import IngestResult
from tracker.intake.keyring import Keyring
from tracker.intake.line import Message, pack, unpack
from tracker.store.database import reading, transaction
from tracker.store.identity_store import BoxState
from tracker.store.tables.identities import ErasedRecordRow, IdentityRecordRow
from tracker.wire.identity_record import IdentityRecord, encode_record
from tracker.wire.message import encode_batch
from tracker.wire.receipt import BatchReceipt
from tracker.wire.topics import Channel, Post


@pytest.fixture
def device(engine: Engine) -> Device:
    device = Device(GUN)
    Intake(engine).enrol(device)
    return device


def sent(device: Device, *bodies: bytes, channel: Channel = Channel.IDENTITIES) -> Delivery:
    payload = encode_batch(
        list(bodies), post=device.post, key=device.key, batch_id=fresh_id(NOW), sent_at=NOW, channel=channel
    )
    return Delivery(device.post, payload, channel=Channel.IDENTITIES)


def read(engine: Engine, delivery: Delivery) -> Any:
    keyring = Keyring.of(engine, lambda: 0.0)
    keyring.refresh()
    return read_alone(delivery, keyring, today=NOW.date())


def take(engine: Engine, *deliveries: Delivery) -> tuple[IngestResult, list[BatchReceipt]]:
    """Record in one commit; what the one receipt says of each batch."""
    intake = Intake(engine)
    intake.keyring.refresh()
    result = intake.record(*deliveries)
    [receipt] = receipts_of(result).values()
    return result, receipt.batches


def rows(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return list(session.connection().execute(sa.select(sa.inspect(IdentityRecordRow).local_table)))


def encoded(record: IdentityRecord) -> bytes:
    return encode_record(record)


def test_a_record_is_kept_as_it_was_sealed_and_receipted(engine: Engine, device: Device) -> None:
    record = build_record()
    result, [line] = take(engine, sent(device, encoded(record)))
    assert (line.recorded, line.duplicates, line.rejected, line.refused) == (1, 0, [], None)
    assert (line.first_position, line.last_position) == (0, 0)
    assert (result.recorded, result.kept_records, result.head.position, result.head.batch_no) == (0, 1, 0, 0)
    [row] = rows(engine)
    assert (row.record_id, row.event_id, row.waybill_no) == (record.record_id, record.event_id, "W1")
    assert (row.commitment, row.kid, row.state) == (record.commitment, record.kid, BoxState.NEW)
    assert msgspec.json.decode(row.masked) == {"name": "张**"}


def test_the_same_record_twice_is_kept_once(engine: Engine, device: Device) -> None:
    body = encoded(build_record())
    take(engine, sent(device, body))
    _, [line] = take(engine, sent(device, body))
    assert (line.recorded, line.duplicates) == (0, 1)
    _, [line] = take(engine, sent(device, body, body))
    assert (line.recorded, line.duplicates) == (0, 2)
    assert len(rows(engine)) == 1


def test_another_record_under_a_known_id_is_rejected(engine: Engine, device: Device) -> None:
    record = build_record()
    take(engine, sent(device, encoded(record)))
    _, [line] = take(engine, sent(device, encoded(build_record(record_id=record.record_id))))
    assert [(each.event_id, each.code) for each in line.rejected] == [(str(record.record_id), "event_id_reused")]


def test_an_erased_record_that_is_sent_again_stays_erased(engine: Engine, device: Device) -> None:
    record = build_record()
    with transaction(engine) as session:
        session.add(ErasedRecordRow(record_id=record.record_id, erased_at=NOW))
    _, [line] = take(engine, sent(device, encoded(record)))
    assert (line.recorded, line.duplicates) == (0, 1)
    assert rows(engine) == []


def test_events_and_records_of_one_commit_are_answered_in_one_receipt(engine: Engine, device: Device) -> None:
    records, scans = sent(device, encoded(build_record())), device.deliver(device.scan("W1"), device.scan("W2"))
    result, lines = take(engine, records, scans)
    assert [(line.recorded, line.first_position, line.last_position) for line in lines] == [(2, 1, 2), (1, 2, 2)]
    assert (result.head.position, result.head.batch_no) == (2, 1)


def test_a_bad_record_is_rejected_alone_and_kept_in_quarantine(engine: Engine, device: Device) -> None:
    bad = msgspec.json.encode(msgspec.to_builtins(build_record()) | {"masked": {"name": "张三"}})
    good = build_record()
    _, [line] = take(engine, sent(device, bad, encoded(good)))
    assert [each.code for each in line.rejected] == ["field_invalid"]
    assert [row.record_id for row in rows(engine)] == [good.record_id]


def test_a_parcel_has_so_many_records_and_no_more(
    engine: Engine, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_upkeep, "RECORDS_OF_A_WAYBILL", 2)
    take(engine, sent(device, encoded(build_record())))
    _, [line] = take(engine, sent(device, encoded(build_record()), encoded(build_record())))
    assert (line.recorded, [each.code for each in line.rejected]) == (1, ["waybill_full"])


def test_another_device_does_not_take_the_room_of_the_one_that_accepted(
    engine: Engine, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_upkeep, "RECORDS_OF_A_WAYBILL", 2)
    stranger = Intake(engine).enrol(Device(Post("OTHER", "HZ-99", "PDA-9")))
    take(engine, sent(stranger, *(encoded(build_record()) for _ in range(3))))
    _, [line] = take(engine, sent(device, encoded(build_record())))
    assert (line.recorded, line.rejected) == (1, [])


def test_scans_are_not_taken_for_identities_nor_the_other_way(engine: Engine, device: Device) -> None:
    records = sent(device, encoded(build_record()))
    for delivery in (
        sent(device, encoded(build_record()), channel=Channel.SCANS),
        Delivery(device.post, records.payload, channel=Channel.SCANS),
        Delivery(device.post, records.payload.replace(b'"records":', b'"events":'), channel=Channel.SCANS),
    ):
        assert isinstance(read(engine, delivery), RefusedBatch)


def test_records_cross_the_line_between_the_processes(engine: Engine, device: Device) -> None:
    bad = msgspec.json.encode({"record_id": "?"})
    found = read(engine, sent(device, encoded(build_record()), bad))
    assert isinstance(found, ReadRecords)
    message = msgspec.msgpack.decode(msgspec.msgpack.encode(pack(found)), type=Message)
    again = unpack(message)
    assert isinstance(again, ReadRecords)
    assert again.records[0] == found.records[0]
    assert str(again.records[1]) == str(found.records[1])
    assert (again.batch_id, again.head_sha256, again.bodies) == (found.batch_id, found.head_sha256, found.bodies)
