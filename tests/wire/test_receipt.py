"""Receipts: a device believes what a pinned key of the tracker signed, and nothing else."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.example import DEVICE_KEY, RECORDED_AT, STATE, TRACKER_KEY, build_receipt
from tests.wire.strategies import event_ids, moments
from tracker.wire.message import HEAD_TYPE
from tracker.wire.receipt import (
    RECEIPT_TYPE,
    STORE_TYPE,
    BatchReceipt,
    Receipt,
    Refusal,
    Rejection,
    StoreState,
    sign_receipt,
    sign_store_state,
    verify_receipt,
    verify_store_state,
)
from tracker.wire.signature import NotAJws, parse_jws

PINNED = {TRACKER_KEY.kid: TRACKER_KEY.verifying}
counts = st.integers(0, 500)
positions = st.none() | st.integers(1, 2**62)
rejections = st.builds(Rejection, st.none() | event_ids.map(str), st.text(max_size=20), st.text(max_size=40))
lines = st.builds(
    BatchReceipt,
    batch_id=st.none() | event_ids,
    payload_sha256=st.text(max_size=43),
    recorded=counts,
    duplicates=counts,
    rejected=st.lists(rejections, max_size=3),
    refused=st.none() | st.builds(Refusal, st.text(max_size=20), st.text(max_size=40)),
    first_position=positions,
    last_position=positions,
)
receipts = st.builds(
    Receipt,
    v=st.just(1),
    store=st.text(max_size=20),
    epoch=st.integers(1, 2**31),
    batches=st.lists(lines, max_size=4),
    record_time=moments,
)
states = st.builds(StoreState, store=st.text(max_size=20), epoch=st.integers(1, 2**31), position=st.integers(0, 2**62))


@given(receipts)
def test_a_receipt_is_read_back_as_it_was_signed(receipt: Receipt) -> None:
    assert verify_receipt(sign_receipt(receipt, TRACKER_KEY), PINNED) == receipt


@given(states)
def test_a_stores_state_is_read_back_as_it_was_signed(state: StoreState) -> None:
    assert verify_store_state(sign_store_state(state, TRACKER_KEY).encode(), PINNED) == state


def test_the_next_key_is_believed_once_it_is_pinned() -> None:
    text = sign_receipt(build_receipt(), DEVICE_KEY)
    with pytest.raises(NotAJws):
        verify_receipt(text, PINNED)
    both = PINNED | {DEVICE_KEY.kid: DEVICE_KEY.verifying}
    assert verify_receipt(text, both) == build_receipt()


def test_a_kid_that_names_another_key_is_not_believed() -> None:
    text = sign_receipt(build_receipt(), DEVICE_KEY)
    with pytest.raises(NotAJws):
        verify_receipt(text, {DEVICE_KEY.kid: TRACKER_KEY.verifying})
    with pytest.raises(NotAJws):
        verify_receipt(text, {})


CLAIMS: dict[str, Any] = json.loads(parse_jws(sign_receipt(build_receipt(), TRACKER_KEY)).payload)


@pytest.mark.parametrize(
    ("claims", "typ"),
    [
        (CLAIMS, STORE_TYPE),
        (CLAIMS, HEAD_TYPE),
        (CLAIMS | {"v": 2}, RECEIPT_TYPE),
        (CLAIMS | {"record_time": "2026-07-02T10:05:01"}, RECEIPT_TYPE),
        (CLAIMS | {"batches": {}}, RECEIPT_TYPE),
        ({"v": 1}, RECEIPT_TYPE),
        ([], RECEIPT_TYPE),
    ],
)
def test_another_type_version_or_form_is_no_receipt(claims: Any, typ: str) -> None:
    with pytest.raises(NotAJws):
        verify_receipt(TRACKER_KEY.sign(json.dumps(claims).encode(), typ=typ), PINNED)


@pytest.mark.parametrize("claims", [b"\xff", b"[" * 100_000, b"{", b""])
def test_signed_bytes_that_are_no_json_are_no_receipt_and_no_state(claims: bytes) -> None:
    with pytest.raises(NotAJws):
        verify_receipt(TRACKER_KEY.sign(claims, typ=RECEIPT_TYPE), PINNED)
    with pytest.raises(NotAJws):
        verify_store_state(TRACKER_KEY.sign(claims, typ=STORE_TYPE), PINNED)


def test_a_receipt_is_no_state_of_the_store() -> None:
    with pytest.raises(NotAJws):
        verify_store_state(sign_receipt(build_receipt(), TRACKER_KEY), PINNED)
    with pytest.raises(NotAJws):
        verify_receipt(sign_store_state(STATE, TRACKER_KEY), PINNED)


def test_a_member_that_a_later_tracker_adds_does_not_disturb() -> None:
    batches = [batch | {"leaf_index": 7} for batch in CLAIMS["batches"]]
    text = TRACKER_KEY.sign(json.dumps(CLAIMS | {"batches": batches, "log": "x"}).encode(), typ=RECEIPT_TYPE)
    assert verify_receipt(text, PINNED) == build_receipt()


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_text_is_no_receipt(text: str | bytes) -> None:
    with pytest.raises(NotAJws):
        verify_receipt(text, PINNED)


def test_a_payload_whose_head_could_not_be_read_is_named_by_its_hash_alone() -> None:
    line = BatchReceipt(None, "hash", 0, 0, [], Refusal("unreadable", "not a JSON object"), None, None)
    receipt = Receipt(v=1, store="s", epoch=1, batches=[line], record_time=RECORDED_AT)
    assert verify_receipt(sign_receipt(receipt, TRACKER_KEY), PINNED).batches[0].batch_id is None


def test_ids_come_back_as_ids() -> None:
    [first, second] = verify_receipt(sign_receipt(build_receipt(), TRACKER_KEY), PINNED).batches
    assert isinstance(first.batch_id, UUID)
    assert isinstance(second.rejected[0].event_id, str)
