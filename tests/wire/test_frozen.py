"""What an earlier version wrote (冻结报文): the files never change, and today's program reads every one of them."""

import hashlib
from datetime import UTC, datetime

from tests.conftest import GOLDEN
from tests.wire.example import (
    ACCEPTED,
    BATCH_ID,
    DELIVERED,
    DEVICE_KEY,
    ENROLMENT,
    POST,
    STATE,
    TRACKER_KEY,
    build_receipt,
)
from tracker.wire.enrolment import read_enrolment
from tracker.wire.event import decode_event
from tracker.wire.message import open_batch, read_batch
from tracker.wire.receipt import verify_receipt, verify_store_state

V1 = GOLDEN / "wire" / "v1"
FROZEN = {  # SHA-256. A digest that differs is a file that was rewritten: put it back
    "accepted.json": "2e16049f82444784e1a9317c3ae7bed3fa8a232a56499cc104367fc6346e42ea",
    "delivered.json": "6fe6e90881846055cdeb76ecd7551c5dfe90f1899cc10a4e5508ba05e581aed6",
    "enrolment.json": "c2f0d0ffbfe3b3a86b040ac16b409010fbe7b8cbc09d2fe73dfe051d1a1ac0c9",
    "outbox.db": "254c736ec12e9824043f9997cceb06cb8b7671faf3be93ea0dccfc62c2c4217d",
    "receipt.jws": "f6ef3ce352beab780750f6d4c9f2baef1cd26ef916d4aef2540b77b6881bcd1c",
    "scans.json": "84753934f37ff52ada1599dee0bdf9f0b19a59643cbf57b70561563aa8f60d2b",
    "store.jws": "dd8990a448570cc8344e32b4d90726a971c4c4b13c4368d28580d0e40d2c28ae",
}
PINNED = {TRACKER_KEY.kid: TRACKER_KEY.verifying}


def test_frozen_files_are_as_they_were() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in V1.iterdir()}
    found.pop("README.md")
    assert found == FROZEN


def test_todays_tracker_reads_the_batch() -> None:
    opened = open_batch((V1 / "scans.json").read_bytes())
    signed = opened.jws.verify(DEVICE_KEY.verifying)
    batch = read_batch(opened, signed=signed, topic_post=POST, today=datetime.now(UTC).date())
    assert batch.head.batch_id == BATCH_ID
    assert [decode_event(event).scan for event in batch.items] == [ACCEPTED, DELIVERED]
    assert batch.items == [(V1 / name).read_bytes() for name in ("accepted.json", "delivered.json")]


def test_todays_device_reads_the_receipt_the_stores_state_and_its_own_file() -> None:
    assert verify_receipt((V1 / "receipt.jws").read_bytes(), PINNED) == build_receipt()
    assert verify_store_state((V1 / "store.jws").read_bytes(), PINNED) == STATE
    assert read_enrolment(V1 / "enrolment.json") == ENROLMENT
