"""The line: what was read here is there again, whatever it was."""

import socket
from datetime import date
from multiprocessing.connection import Connection

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.devices import Device
from tracker.intake.delivery import Delivery, ReadBatch, RefusedBatch, read_alone
from tracker.intake.keyring import Keyring
from tracker.intake.line import Close, Facts, Line, Message, Messages, Ours, pack, unpack
from tracker.store.registry import DeviceKey
from tracker.wire.details import AcceptedDetails, DeliveredDetails, Goods

DEVICE = Device()
KNOWN = DeviceKey(
    DEVICE.key.kid,
    DEVICE.key.verifying.public_bytes,
    1,
    DEVICE.post.carrier,
    DEVICE.post.station,
    DEVICE.post.device,
    revoked=False,
)
TODAY = date(2026, 7, 1)
EVENTS = st.one_of(
    st.builds(DEVICE.scan, st.integers(1, 10**9).map("W{}".format)),
    st.sampled_from([
        DEVICE.scan("GOODS", "accepted", details=AcceptedDetails(goods=[Goods(gtin="6901234567892", lot="L1")])),
        DEVICE.scan("PLACED", "delivered", details=DeliveredDetails(signer="self")),
    ]),
    st.sampled_from([b"{}", b'{"step": NaN}', b'"text"', b'[1, {"a": "]"}]']),
)  # fmt: skip


def read(delivery: Delivery) -> ReadBatch | RefusedBatch:
    ring = Keyring(lambda: {DEVICE.key.kid: KNOWN}, lambda: 0.0)
    ring.refresh()
    return read_alone(delivery, ring, today=TODAY)


def over_the_line(message: Message) -> Message:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=Message)


def told(one: ReadBatch | RefusedBatch) -> object:
    """Everything, errors by code and reason: exceptions compare by identity."""
    if isinstance(one, RefusedBatch):
        return (one.delivery, one.payload_sha256, one.batch_id, one.refusal.code, one.refusal.reason)
    events = [(each.code, each.reason) if isinstance(each, Exception) else each for each in one.events]
    return (one.delivery, one.payload_sha256, one.batch_id, one.head, one.head_sha256, one.bodies, events)


@given(st.lists(EVENTS, min_size=1, max_size=12))
def test_a_batch_with_good_and_bad_events_arrives_as_it_was_read(events: list[object]) -> None:
    before = read(DEVICE.deliver(*events))  # type: ignore[arg-type]
    assert isinstance(before, ReadBatch)
    assert told(unpack(over_the_line(pack(before)))) == told(before)


@given(st.binary(max_size=200))
def test_a_refused_message_arrives_with_its_reason(octets: bytes) -> None:
    before = read(Delivery(DEVICE.post, octets, 7, 2, 1.5))
    assert isinstance(before, RefusedBatch)
    assert told(unpack(over_the_line(pack(before)))) == told(before)


def test_equal_events_in_one_batch_keep_their_places() -> None:
    one = DEVICE.scan("SAME")
    before = read(DEVICE.deliver(one, one, b"{}", one))
    assert isinstance(before, ReadBatch)
    after = unpack(over_the_line(pack(before)))
    assert isinstance(after, ReadBatch)
    assert after.bodies == before.bodies


def test_frames_keep_their_order_and_the_end_is_an_end() -> None:
    near, far = (Line(Connection(end.detach())) for end in socket.socketpair())
    near.send(Ours(float("inf")))
    near.send(Close())
    assert [far.receive_downward(), far.receive_downward()] == [Ours(float("inf")), Close()]
    far.send(Messages([]))
    far.send(Facts(connected=True))
    assert [near.receive_upward(1), near.receive_upward(1)] == [Messages([]), Facts(connected=True)]
    with pytest.raises(TimeoutError):
        near.receive_upward(0.01)
    near.close()
    with pytest.raises(EOFError):
        far.receive_downward()
