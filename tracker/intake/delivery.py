"""A delivery (到达的消息): one MQTT message on its way into the store, and what reading it gave."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from tracker.intake.clocks import within_reach
from tracker.intake.keyring import Keyring
from tracker.wire.errors import BatchRefused, EventRejected
from tracker.wire.event import ReadEvent, decode_event
from tracker.wire.identity_record import ReadRecord, decode_record
from tracker.wire.message import OpenedBatch, open_batch, peek_batch_id, read_batch
from tracker.wire.signature import digest_of
from tracker.wire.topics import Channel, Post

T = TypeVar("T")


class Delivery(Struct, frozen=True):
    """One message as the broker gave it; `connection` numbers the session in which `packet_id` has its meaning.

    `arrived_at` is when it came, in seconds of the tracker's monotonic clock.
    """

    post: Post
    payload: bytes
    packet_id: int = 0
    connection: int = 0
    arrived_at: float = 0.0
    channel: Channel = Channel.SCANS


class ReadBatch(Struct, frozen=True):
    """A verified batch; each event is read, or rejected alone."""

    delivery: Delivery
    payload_sha256: str
    batch_id: UUID
    head: str  # the JWS
    head_sha256: str
    bodies: list[bytes]  # the events' exact bytes
    events: list[ReadEvent | EventRejected]
    sent_at: datetime  # when it was signed, by the device's clock


class ReadRecords(Struct, frozen=True):
    """A verified batch of identity records; each is read, or rejected alone."""

    delivery: Delivery
    payload_sha256: str
    batch_id: UUID
    head_sha256: str
    bodies: list[bytes]
    records: list[ReadRecord | EventRejected]


class RefusedBatch(Struct, frozen=True):
    """A payload that was refused whole."""

    delivery: Delivery
    payload_sha256: str
    batch_id: UUID | None
    refusal: BatchRefused


Read = ReadBatch | ReadRecords | RefusedBatch


def read_alone(delivery: Delivery, keyring: Keyring, *, today: date) -> Read:
    """Take one message apart, verify and decode it; `today` is the tracker's day in UTC."""
    payload_sha256 = digest_of(delivery.payload)
    opened: OpenedBatch | None = None
    try:
        opened = open_batch(delivery.payload, delivery.channel)
        signed = opened.jws.verify(keyring.key_for(opened.kid, delivery.post))
        batch = read_batch(opened, signed=signed, topic_post=delivery.post, today=today)
    except BatchRefused as refusal:
        return RefusedBatch(delivery, payload_sha256, peek_batch_id(opened) if opened else None, refusal)
    head_sha256 = digest_of(batch.jws.encode())
    if delivery.channel is Channel.IDENTITIES:
        records = [read_record(body) for body in batch.items]
        return ReadRecords(delivery, payload_sha256, batch.head.batch_id, head_sha256, batch.items, records)
    events = [_or_rejection(decode_event, body) for body in batch.items]
    head = batch.head
    sent_at = within_reach(head.sent_at)
    return ReadBatch(delivery, payload_sha256, head.batch_id, batch.jws, head_sha256, batch.items, events, sent_at)


def read_record(body: bytes) -> ReadRecord | EventRejected:
    """One record of a batch, or why it is rejected."""
    return _or_rejection(decode_record, body)


def _or_rejection(decode: Callable[[bytes], T], body: bytes) -> T | EventRejected:
    try:
        return decode(body)
    except EventRejected as rejection:
        return rejection
