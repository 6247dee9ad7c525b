"""The pickup code: eight digits of one parcel and one storing, and a commitment that only that device can make."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.wire.label_token import derive_label_key
from tracker.wire.pickup_code import (
    commit_to_pickup_code,
    fits_commitment,
    fits_pickup_code,
    pickup_code,
    stored_in,
)
from tracker.wire.topics import Post

KEY = derive_label_key(bytes(range(32)), Post("BLUEBIRD", "HZ-12", "COUNTER-1"))
OTHER_KEY = derive_label_key(bytes(range(32)), Post("BLUEBIRD", "HZ-12", "COUNTER-2"))
STORED, STORED_AGAIN, DELIVERED, OTHER = (UUID(int=(0x0198C3F0 << 96) | number) for number in range(4))


def test_it_is_what_it_was() -> None:
    assert pickup_code(KEY, "QN1", STORED) == "18733564"


@given(st.uuids(), st.text("0123456789ABC", min_size=1, max_size=20))
def test_it_has_eight_digits_and_fits_itself_alone(stored: UUID, waybill_no: str) -> None:
    code = pickup_code(KEY, waybill_no, stored)
    assert (len(code), code.isdecimal()) == (8, True)
    assert fits_pickup_code(code, KEY, waybill_no, stored)
    assert not fits_pickup_code(f"{(int(code) + 1) % 10**8:08}", KEY, waybill_no, stored)


@pytest.mark.parametrize("other", [(OTHER_KEY, "QN1", STORED), (KEY, "QN2", STORED), (KEY, "QN1", STORED_AGAIN)])
def test_another_device_parcel_or_storing_has_another(other: tuple[bytes, str, UUID]) -> None:
    assert pickup_code(*other) != pickup_code(KEY, "QN1", STORED)


@pytest.mark.parametrize("typed", ["", "1873356", "187335640", "１８７３３５６４", "\udc80" * 8, "x" * 100_000])
def test_what_is_no_code_fits_nothing(typed: str) -> None:
    assert not fits_pickup_code(typed, KEY, "QN1", STORED)


def test_a_commitment_names_its_storing_and_fits_its_own_event_alone() -> None:
    made = commit_to_pickup_code(KEY, "QN1", stored=STORED, delivered=DELIVERED)
    assert (len(made), stored_in(made)) == (64, STORED)
    assert fits_commitment(made, KEY, "QN1", delivered=DELIVERED)
    assert not fits_commitment(made, OTHER_KEY, "QN1", delivered=DELIVERED)
    assert not fits_commitment(made, KEY, "QN2", delivered=DELIVERED)
    assert not fits_commitment(made, KEY, "QN1", delivered=OTHER)
    again = commit_to_pickup_code(KEY, "QN1", stored=STORED_AGAIN, delivered=DELIVERED)
    assert not fits_commitment(again[:22] + made[22:], KEY, "QN1", delivered=DELIVERED)
    for none in ("", "A" * 16, "A" * 64, "A" * 128, made[:-1]):
        assert not fits_commitment(none, KEY, "QN1", delivered=DELIVERED)
