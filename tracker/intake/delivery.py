"""A delivery (到达的消息): one MQTT message on its way into the store, and what reading it gave."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from tracker.intake.keyring import Keyring
from tracker.wire.errors import BatchRefused, EventRejected
from tracker.wire.event import ReadEvent, decode_event
from tracker.wire.message import OpenedBatch, SignedBatch, open_batch, peek_batch_id, read_batch
from tracker.wire.signature import VerifyingKey, digest_of
from tracker.wire.topics import Post


class Delivery(Struct, frozen=True):
    """One message as the broker gave it; `connection` numbers the session in which `packet_id` has its meaning.

    `arrived_at` is when it came, in seconds of the tracker's monotonic clock.
    """

    post: Post
    payload: bytes
    packet_id: int = 0
    connection: int = 0
    arrived_at: float = 0.0


class ReadBatch(Struct, frozen=True):
    """A verified batch; each event is read, or rejected alone."""

    delivery: Delivery
    payload_sha256: str
    signed: SignedBatch
    events: list[ReadEvent | EventRejected]


class RefusedBatch(Struct, frozen=True):
    """A payload that was refused whole."""

    delivery: Delivery
    payload_sha256: str
    batch_id: UUID | None
    refusal: BatchRefused


class OpenedDelivery(Struct):
    """A payload taken apart, and the key that should have signed it."""

    delivery: Delivery
    payload_sha256: str
    batch: OpenedBatch
    key: VerifyingKey
    signed: bool = False

    def verify(self) -> None:
        """Find out whether that key did; the only part that is worth a thread."""
        self.signed = self.batch.jws.verify(self.key)


def open_delivery(delivery: Delivery, keyring: Keyring) -> OpenedDelivery | RefusedBatch:
    """Take one message apart and find its device's key."""
    payload_sha256 = digest_of(delivery.payload)
    opened: OpenedBatch | None = None
    try:
        opened = open_batch(delivery.payload)
        return OpenedDelivery(delivery, payload_sha256, opened, keyring.key_for(opened.kid, delivery.post))
    except BatchRefused as refusal:
        return RefusedBatch(delivery, payload_sha256, peek_batch_id(opened) if opened else None, refusal)


def read_delivery(opened: OpenedDelivery, *, today: date) -> ReadBatch | RefusedBatch:
    """Check and decode one message, once it is verified; `today` is the tracker's day in UTC."""
    try:
        batch = read_batch(opened.batch, signed=opened.signed, topic_post=opened.delivery.post, today=today)
    except BatchRefused as refusal:
        return RefusedBatch(opened.delivery, opened.payload_sha256, peek_batch_id(opened.batch), refusal)
    return ReadBatch(opened.delivery, opened.payload_sha256, batch, [_read(body) for body in batch.events])


def read_alone(delivery: Delivery, keyring: Keyring, *, today: date) -> ReadBatch | RefusedBatch:
    """Open, verify and decode one message by itself; the recorder verifies many at once."""
    opened = open_delivery(delivery, keyring)
    if isinstance(opened, RefusedBatch):
        return opened
    opened.verify()
    return read_delivery(opened, today=today)


def _read(body: bytes) -> ReadEvent | EventRejected:
    try:
        return decode_event(body)
    except EventRejected as rejection:
        return rejection
