"""Answering: one signed receipt a device and commit, which says of each batch where its events stand."""

from datetime import timedelta

from tests.intake.devices import NOW, TRACKER_KEY, Device, Intake, only_line, receipts_of
from tracker.intake.delivery import Delivery, RefusedBatch
from tracker.intake.ingest import ingest
from tracker.store.database import reading, transaction
from tracker.store.event_store import log_head, proofs_of
from tracker.wire.errors import BatchRefused, RefusalCode
from tracker.wire.message import open_batch
from tracker.wire.receipt import verify_receipt
from tracker.wire.signature import digest_of
from tracker.wire.topics import Post


def test_a_device_gets_one_receipt_a_commit_with_its_batches_in_order(intake: Intake, device: Device) -> None:
    other = intake.enrol(Device(Post("EVENWAY", "SH-01", "GUN-1")))
    mine = [device.deliver(device.scan()), device.deliver(device.scan(), device.scan())]
    result = intake.record(mine[0], other.deliver(other.scan()), mine[1], Delivery(device.post, b"rubbish"))
    assert len(result.receipts) == 2
    receipts = receipts_of(result)
    assert receipts.keys() == {device.post, other.post}
    assert [line.payload_sha256 for line in receipts[device.post].batches] == [
        digest_of(mine[0].payload), digest_of(mine[1].payload), digest_of(b"rubbish"),
    ]  # fmt: skip
    assert [line.recorded for line in receipts[device.post].batches] == [1, 2, 0]


def test_a_receipt_names_the_store_its_life_and_the_commits_time(intake: Intake, device: Device) -> None:
    moment = NOW + timedelta(minutes=7, microseconds=11)
    result = intake.record(device.deliver(device.scan()), at=moment)
    receipt = receipts_of(result)[device.post]
    with reading(intake.engine) as session:
        head = log_head(session)
    assert (receipt.v, receipt.store, receipt.epoch, receipt.record_time) == (1, head.store, head.epoch, moment)
    assert (head.store, head.position) == (result.head.store, 1)


def test_a_receipt_names_the_batch_by_its_id_and_its_bytes(intake: Intake, device: Device) -> None:
    delivery = device.deliver(device.scan())
    line = only_line(intake.record(delivery))
    assert str(line.batch_id) in open_batch(delivery.payload).jws.payload.decode()
    assert line.payload_sha256 == digest_of(delivery.payload)


def test_a_receipt_binds_what_it_took_to_the_head_that_was_signed(intake: Intake, device: Device) -> None:
    """Else a proof without the neighbours' bytes could bring a head of its own, signed by a key of its own."""
    delivery = device.deliver(device.scan())
    for result in (intake.record(delivery), intake.record(delivery)):
        assert only_line(result).head_sha256 == digest_of(open_batch(delivery.payload).envelope_head.encode())
    assert only_line(intake.record(Delivery(device.post, b"rubbish"))).head_sha256 is None


def test_duplicates_stand_at_their_old_positions(intake: Intake, device: Device) -> None:
    first, second, third = (device.scan(f"W{number}") for number in range(3))
    intake.record(device.deliver(first, second, third))
    intake.record(device.deliver(device.scan(), device.scan()))
    repeat = only_line(intake.record(device.deliver(second, third)))
    assert (repeat.duplicates, repeat.first_position, repeat.last_position) == (2, 2, 3)
    mixed = only_line(intake.record(device.deliver(device.scan(), third)))
    assert (mixed.recorded, mixed.duplicates, mixed.first_position, mixed.last_position) == (1, 1, 3, 6)


def test_a_batch_that_left_nothing_in_the_log_has_no_position(intake: Intake, device: Device) -> None:
    line = only_line(intake.record(device.deliver(device.scan(hours=99))))
    assert (line.recorded, line.first_position, line.last_position) == (0, None, None)


def test_what_a_batch_left_adds_up(intake: Intake, device: Device) -> None:
    scan = device.scan()
    line = only_line(intake.record(device.deliver(scan, device.scan(), scan, device.scan(hours=50))))
    assert (line.recorded, line.duplicates, len(line.rejected)) == (2, 1, 1)


def test_the_receipt_sent_is_kept_beside_what_it_proves(intake: Intake, device: Device) -> None:
    deliveries = [device.deliver(device.scan("W1"), device.scan("W2")), device.deliver(device.scan("W1"))]
    result = intake.record(*deliveries)
    with reading(intake.engine) as session:
        proofs = proofs_of(session, "W1")
    assert {proof.receipt for proof in proofs} == {result.receipts[0][1]}
    assert [(proof.position, proof.batch_index) for proof in proofs] == [(1, 0), (3, 0)]
    assert [proof.payload_sha256 for proof in proofs] == [digest_of(delivery.payload) for delivery in deliveries]
    assert [proof.head for proof in proofs] == [open_batch(delivery.payload).envelope_head for delivery in deliveries]


def test_a_receipt_that_proves_nothing_is_not_kept(intake: Intake, device: Device) -> None:
    delivery = device.deliver(device.scan())
    intake.record(delivery)
    intake.record(delivery, Delivery(device.post, b"rubbish"))
    assert len(intake.rows("SELECT * FROM receipt")) == 1
    assert len(intake.rows("SELECT * FROM batch")) == 1


def test_every_receipt_verifies_under_the_trackers_key_alone(intake: Intake, device: Device) -> None:
    ((_, text),) = intake.record(device.deliver(device.scan())).receipts
    assert verify_receipt(text, {TRACKER_KEY.kid: TRACKER_KEY.verifying}).batches


def test_our_own_fault_is_kept_in_quarantine_and_answered_by_silence(intake: Intake, device: Device) -> None:
    delivery = device.deliver(device.scan())
    refusal = BatchRefused(RefusalCode.INTERNAL_ERROR, "a fault of ours")
    read = RefusedBatch(delivery, digest_of(delivery.payload), None, refusal)
    with transaction(intake.engine) as session:
        result = ingest(session, [read], record_time=NOW, key=TRACKER_KEY)
    assert (result.receipts, result.refused) == ([], 1)
    assert intake.rows("SELECT code FROM quarantine") == [("internal_error",)]
