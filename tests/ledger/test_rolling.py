"""The rolling hash covers every event in its order: as it is defined, in any portions, and nothing else gives it."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from tests.intake.devices import Device, Intake
from tracker.ledger.rolling import GENESIS, roll
from tracker.store.database import reading
from tracker.store.event_store import bodies_in_order, log_head

bodies = st.lists(st.binary(max_size=8), max_size=6)


def test_it_is_the_hash_of_the_hash_before_and_of_the_bytes() -> None:
    first = hashlib.sha256(bytes(32) + hashlib.sha256(b"one").digest()).digest()
    assert roll(GENESIS, []) == bytes(32)
    assert roll(GENESIS, [b"one"]) == first
    assert roll(first, [b"two"]) == hashlib.sha256(first + hashlib.sha256(b"two").digest()).digest()


@given(bodies, bodies)
def test_it_comes_in_any_portions_and_from_one_log_only(some: list[bytes], others: list[bytes]) -> None:
    assert roll(roll(GENESIS, some), others) == roll(GENESIS, [*some, *others])
    assert (roll(GENESIS, some) == roll(GENESIS, others)) is (some == others)


def test_the_logs_head_covers_what_was_recorded_and_no_repeat(engine: Engine) -> None:
    intake = Intake(engine)
    device = intake.enrol(Device())
    first = device.deliver(device.scan("W1"), device.scan("W2"))
    intake.record(first)
    intake.record(device.deliver(device.scan("W3")), first)
    with reading(intake.engine) as session:
        recorded = list(bodies_in_order(session))
        assert [position for position, _ in recorded] == [1, 2, 3]
        assert log_head(session).rolling == roll(GENESIS, (body for _, body in recorded)) != GENESIS
