"""The line (进程间通道): what the reading process and the recorder tell each other, as frames over a socket pair.

A message travels as the broker gave it, with what reading it found: where its events lie and which are bad. What was
found good is decoded once more on this side, without being doubted again.
"""

import os
import socket
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection
from threading import Lock
from uuid import UUID

import msgspec
from msgspec import Struct

from tracker.intake.delivery import Delivery, Read, ReadBatch, ReadRecords, RefusedBatch, read_record
from tracker.wire.errors import BatchRefused, EventRejected
from tracker.wire.event import ReadEvent, decode_again
from tracker.wire.topics import Channel, Post


class Facts(Struct, frozen=True, tag="facts"):
    """How the reading process is: its connection, how many there were, and what waits in its inbox."""

    connected: bool = False
    connections: int = 0
    messages: int = 0
    bytes: int = 0
    fill_ratio: float = 0.0
    memory: int = 0  # bytes resident
    drained: bool = False  # closed, and everything that had arrived was handed over


class Message(Struct, frozen=True, array_like=True):
    """One message as it was read. `slices` say where its events or records lie; a refused one has none."""

    delivery: Delivery
    payload_sha256: str
    batch_id: UUID | None
    refusal: tuple[str, str] | None = None  # code, reason
    head: str = ""
    head_sha256: str = ""
    slices: list[tuple[int, int]] = []
    rejected: dict[int, tuple[str, str]] = {}
    sent_at: datetime | None = None  # of a batch of events


class Messages(Struct, frozen=True, tag="messages"):
    """Messages in the order in which they came."""

    messages: list[Message]


class Gone(Struct, frozen=True, tag="gone"):
    """The last word: the connection is closed; `flushed` tells whether the broker had everything by then."""

    flushed: bool


class Begin(Struct, frozen=True, tag="begin"):
    """Connect under this id, a secret; database sessions bear the holder's name."""

    client_id: str
    holder: str


class Ours(Struct, frozen=True, tag="ours"):
    """Connecting is allowed until then, by the machine's monotonic clock."""

    until: float


class Answers(Struct, frozen=True, tag="answers"):
    """Messages to acknowledge, each as (connection, packet id), then receipts to publish."""

    recorded: list[tuple[int, int]] = []
    receipts: list[tuple[Post, str]] = []


class State(Struct, frozen=True, tag="state"):
    """How far the store has come, signed."""

    text: str


class Close(Struct, frozen=True, tag="close"):
    """Take nothing more in."""


class Stop(Struct, frozen=True, tag="stop"):
    """Send what is left to send, and end."""


Upward = Facts | Messages | Gone
Downward = Begin | Ours | Answers | State | Close | Stop
_ENCODE = msgspec.msgpack.Encoder().encode
_UPWARD: msgspec.msgpack.Decoder[Upward] = msgspec.msgpack.Decoder(Upward)
_DOWNWARD: msgspec.msgpack.Decoder[Downward] = msgspec.msgpack.Decoder(Downward)


class Line:
    """One end of a connection: any thread may send, one receives."""

    def __init__(self, connection: "Connection[bytes, bytes]") -> None:
        self._connection = connection
        self._lock = Lock()

    def send(self, frame: Upward | Downward) -> None:
        """Send a frame, waiting for the other side to take it. Raises OSError when it is gone."""
        octets = _ENCODE(frame)
        with self._lock:
            self._connection.send_bytes(octets)

    def receive_upward(self, patience: float) -> Upward:
        """The next frame of the reading process. Raises EOFError, OSError when it is gone, or silent for so long."""
        if not self._connection.poll(patience):
            raise TimeoutError("the reading process is silent")
        return _UPWARD.decode(self._connection.recv_bytes())

    def receive_downward(self) -> Downward:
        """The next frame of the recorder. Raises EOFError, OSError when it is gone."""
        return _DOWNWARD.decode(self._connection.recv_bytes())

    def hang_up(self) -> None:
        """Both sides see the end at once, also whoever is receiving; `close` would pull the line from under them."""
        with suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as twin:
            twin.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._connection.close()


def pack(read: Read) -> Message:
    """A read message for the line."""
    if isinstance(read, RefusedBatch):
        refusal = (read.refusal.code, read.refusal.reason)
        return Message(read.delivery, read.payload_sha256, read.batch_id, refusal)
    payload, end = read.delivery.payload, 0
    slices = []
    for body in read.bodies:
        start = payload.index(body, end)
        end = start + len(body)
        slices.append((start, end))
    items = read.events if isinstance(read, ReadBatch) else read.records
    rejected = {index: (item.code, item.reason) for index, item in enumerate(items) if isinstance(item, EventRejected)}
    head, sent_at = (read.head, read.sent_at) if isinstance(read, ReadBatch) else ("", None)
    return Message(
        read.delivery, read.payload_sha256, read.batch_id, None, head, read.head_sha256, slices, rejected, sent_at
    )


def unpack(message: Message) -> Read:
    """What `pack` was given."""
    delivery = message.delivery
    if message.refusal is not None:
        return RefusedBatch(delivery, message.payload_sha256, message.batch_id, BatchRefused(*message.refusal))
    assert message.batch_id is not None
    bodies = [delivery.payload[start:end] for start, end in message.slices]
    if delivery.channel is Channel.IDENTITIES:
        records = [read_record(body) for body in bodies]
        return ReadRecords(delivery, message.payload_sha256, message.batch_id, message.head_sha256, bodies, records)
    events: list[ReadEvent | EventRejected] = [
        EventRejected(*message.rejected[index]) if index in message.rejected else decode_again(body)
        for index, body in enumerate(bodies)
    ]
    assert message.sent_at is not None
    return ReadBatch(
        delivery, message.payload_sha256, message.batch_id, message.head, message.head_sha256, bodies, events,
        message.sent_at,
    )  # fmt: skip
