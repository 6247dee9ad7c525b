"""A delivery (到达的消息): one MQTT message on its way into the store, and what reading it gave."""

from dataclasses import dataclass
from uuid import UUID

from tracker.intake.keyring import Keyring
from tracker.wire.errors import BatchRefused, EventRejected
from tracker.wire.event import ReadEvent, decode_event
from tracker.wire.message import OpenedBatch, SignedBatch, open_batch, peek_batch_id, verify_batch
from tracker.wire.signature import digest_of
from tracker.wire.topics import Post


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as the broker gave it; `connection` numbers the session in which `packet_id` has its meaning."""

    post: Post
    payload: bytes
    packet_id: int = 0
    connection: int = 0


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """A verified batch; each event is read, or rejected alone."""

    delivery: Delivery
    payload_sha256: str
    signed: SignedBatch
    events: list[ReadEvent | EventRejected]


@dataclass(frozen=True, slots=True)
class RefusedBatch:
    """A payload that was refused whole."""

    delivery: Delivery
    payload_sha256: str
    batch_id: UUID | None
    refusal: BatchRefused


def read_delivery(delivery: Delivery, keyring: Keyring) -> ReadBatch | RefusedBatch:
    """Verify and decode one message; safe to run in many threads at once."""
    payload_sha256 = digest_of(delivery.payload)
    opened: OpenedBatch | None = None
    try:
        opened = open_batch(delivery.payload)
        signed = verify_batch(opened, keyring.key_for(opened.kid, delivery.post), topic_post=delivery.post)
    except BatchRefused as refusal:
        return RefusedBatch(delivery, payload_sha256, peek_batch_id(opened) if opened else None, refusal)
    return ReadBatch(delivery, payload_sha256, signed, [_read(body) for body in signed.events])


def _read(body: bytes) -> ReadEvent | EventRejected:
    try:
        return decode_event(body)
    except EventRejected as rejection:
        return rejection
