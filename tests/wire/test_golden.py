"""Golden wire bytes: the device's side produces exactly these, the tracker's side reads exactly these, and back."""

import stat
from pathlib import Path

import pytest

from tests.conftest import GOLDEN, Golden
from tests.wire.example import (
    ACCEPTED,
    BATCH_ID,
    CHANGED_STATE,
    DELIVERED,
    DEVICE_KEY,
    ENROLMENT,
    EVENTS,
    KEY_NOTICE,
    NEXT_TRACKER_KEY,
    POST,
    SENT_AT,
    STATE,
    TRACKER_KEY,
    build_payload,
    build_receipt,
)
from tracker.wire.enrolment import read_enrolment, write_enrolment
from tracker.wire.event import decode_event
from tracker.wire.message import open_batch, read_batch
from tracker.wire.receipt import read_store_state, sign_receipt, sign_store_state, verify_receipt, verify_store_state

PINNED = {TRACKER_KEY.kid: TRACKER_KEY.verifying}


def read(name: str) -> bytes:
    return (GOLDEN / "wire" / name).read_bytes()


def test_the_device_writes_these_events(golden: Golden) -> None:
    golden("wire/accepted.json", EVENTS[0])
    golden("wire/delivered.json", EVENTS[1])


def test_the_device_sends_this_batch(golden: Golden) -> None:
    golden("wire/scans.json", build_payload())


def test_the_tracker_reads_this_batch() -> None:
    opened = open_batch(read("scans.json"))
    assert opened.kid == DEVICE_KEY.kid
    batch = read_batch(opened, signed=opened.jws.verify(DEVICE_KEY.verifying), topic_post=POST, today=SENT_AT.date())
    assert (batch.head.batch_id, batch.head.sent_at, batch.head.post) == (BATCH_ID, SENT_AT, POST)
    assert batch.items == [read("accepted.json"), read("delivered.json")]
    assert [decode_event(event).scan for event in batch.items] == [ACCEPTED, DELIVERED]


def test_the_tracker_answers_with_this_receipt(golden: Golden) -> None:
    golden("wire/receipt.jws", sign_receipt(build_receipt(), TRACKER_KEY).encode())


def test_the_device_reads_this_receipt() -> None:
    assert verify_receipt(read("receipt.jws"), PINNED) == build_receipt()


def test_the_tracker_retains_this_store_state(golden: Golden) -> None:
    golden("wire/store.jws", sign_store_state(STATE, TRACKER_KEY).encode())


def test_after_a_change_of_keys_the_tracker_retains_this_store_state(golden: Golden) -> None:
    golden("wire/key-notice.jws", KEY_NOTICE.encode())
    golden("wire/store-changed-key.jws", sign_store_state(CHANGED_STATE, NEXT_TRACKER_KEY).encode())


def test_a_device_that_knows_the_old_key_alone_follows_to_the_new_one() -> None:
    word = read_store_state(read("store-changed-key.jws"), PINNED)
    assert (word.state, list(word.keys)) == (CHANGED_STATE, [NEXT_TRACKER_KEY.kid])


def test_the_device_reads_this_store_state() -> None:
    assert verify_store_state(read("store.jws"), PINNED) == STATE


def test_enrolling_writes_this_file_for_its_owner_only(golden: Golden, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "device.json"
    write_enrolment(ENROLMENT, path)
    golden("wire/enrolment.json", path.read_bytes())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["device.json"]


def test_the_device_reads_this_enrolment() -> None:
    enrolment = read_enrolment(GOLDEN / "wire" / "enrolment.json")
    assert enrolment == ENROLMENT
    assert enrolment.post == POST
    assert enrolment.signing_key.kid == enrolment.kid == DEVICE_KEY.kid
    assert list(enrolment.pinned_keys) == [TRACKER_KEY.kid]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"carrier":"A"}'])
def test_a_file_that_is_no_enrolment_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "device.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="jixin enrol"):
        read_enrolment(path)


def test_an_enrolment_shows_neither_key_nor_password_when_printed() -> None:
    shown = repr(ENROLMENT)
    assert ENROLMENT.private_key.d not in shown
    assert ENROLMENT.broker.password not in shown
