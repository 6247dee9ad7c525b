"""Fakes for the edges (替身): a clock that stands still, a way back to the broker, and paho's client."""

import socket
import sqlite3
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import MQTTMessage

from tracker.intake.delivery import Delivery
from tracker.wire.topics import Post


@dataclass
class FakeClock:
    """Monotonic seconds that go on only when told."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class FakeOutward:
    """Notes in order what the recorder gives back, and how many events another connection saw by then."""

    database: str | None = None
    said: list[tuple[str, Any, int]] = field(default_factory=list)
    receipts: list[tuple[Post, str]] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    acknowledged: list[Delivery] = field(default_factory=list)
    connected: bool = True

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        committed = self._committed()
        self.said += [("acknowledge", delivery.packet_id, committed) for delivery in deliveries]
        self.acknowledged += deliveries

    def publish_receipts(self, receipts: Sequence[tuple[Post, str]]) -> None:
        self.said += [("receipt", post, self._committed()) for post, _ in receipts]
        self.receipts += receipts

    def publish_store_state(self, state: str) -> bool:
        if self.connected:
            self.states.append(state)
        return self.connected

    def _committed(self) -> int:
        if self.database is None:
            return 0
        with sqlite3.connect(self.database) as connection:
            number = connection.execute("SELECT count(*) FROM event").fetchone()[0]
        connection.close()
        return int(number)


@dataclass(frozen=True)
class Published:
    """One message that our side sent."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


@dataclass
class FakeReason:
    """A CONNACK's reason."""

    is_failure: bool = False

    def __str__(self) -> str:
        return "Not authorized" if self.is_failure else "Success"


class FakeWord:
    """What publish returns."""

    def wait_for_publish(self, timeout: float | None = None) -> None:
        assert timeout is not None, "a wait without end"


class FakeMqtt:
    """paho's client as far as we use it; the test plays the broker through connect, deliver and drop."""

    def __init__(self, *_: object, **options: Any) -> None:
        self.options = options
        self.published: list[Published] = []
        self.subscribed: list[Any] = []
        self.left: list[str] = []
        self.acknowledged: list[tuple[int, int]] = []
        self.will: Published | None = None
        self.login: tuple[str, str] | None = None
        self.address: tuple[str, int] | None = None
        self.tls: object = None
        self.closed = False
        self.answers = True
        self.line: socket.socket | None = None
        self.on_pre_connect: Callable[..., None] = lambda *_: None
        self.on_connect: Callable[..., None] = lambda *_: None
        self.on_subscribe: Callable[..., None] = lambda *_: None
        self.on_unsubscribe: Callable[..., None] = lambda *_: None
        self.on_disconnect: Callable[..., None] = lambda *_: None
        self.on_connect_fail: Callable[..., None] = lambda *_: None
        self.on_message: Callable[..., None] = lambda *_: None

    def username_pw_set(self, username: str, password: str) -> None:
        self.login = (username, password)

    def tls_set_context(self, context: object) -> None:
        self.tls = context

    def will_set(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        self.will = Published(topic, payload, qos, retain)

    def reconnect_delay_set(self, _least: int, _most: int) -> None: ...

    def connect_async(self, host: str, port: int, _keepalive: int) -> None:
        self.address = (host, port)

    def socket(self) -> "socket.socket | None":
        return self.line

    def loop_start(self) -> None: ...

    def loop_stop(self) -> None: ...

    def disconnect(self) -> None:
        self.closed = True

    def publish(self, topic: str, payload: str | bytes, qos: int = 0, retain: bool = False) -> FakeWord:
        octets = payload.encode() if isinstance(payload, str) else payload
        self.published.append(Published(topic, octets, qos, retain))
        return FakeWord()

    def subscribe(self, topic: Any, qos: int = 0) -> None:
        self.subscribed.append((topic, qos) if isinstance(topic, str) else topic)

    def unsubscribe(self, topic: str) -> None:
        self.left.append(topic)
        if self.answers:
            self.on_unsubscribe(self, None, 2, [], None)

    def ack(self, packet_id: int, qos: int) -> None:
        self.acknowledged.append((packet_id, qos))

    def _packet_queue(self, _command: int, frames: bytes, _packet_id: int, _qos: int) -> None:
        for kind, length, packet_id in struct.iter_unpack(">BBH", frames):
            assert (kind, length) == (0x40, 2)
            self.acknowledged.append((packet_id, 1))

    def sent_to(self, ending: str) -> list[bytes]:
        """The payloads sent to topics of one kind, in order."""
        return [each.payload for each in self.published if each.topic.endswith(ending)]

    def connect(self, *, refused: bool = False) -> None:
        """The broker answers the connection, and the subscription that follows."""
        self.on_connect(self, None, None, FakeReason(refused), None)
        if not refused:
            self.on_subscribe(self, None, 1, [], None)

    def drop(self) -> None:
        """The connection is lost."""
        self.on_disconnect(self, None, None, FakeReason(True), None)

    def fail(self) -> None:
        """Nobody answers at the address."""
        self.on_connect_fail(self, None)

    def deliver(
        self,
        topic: str | bytes,
        payload: str | bytes,
        *,
        packet_id: int = 0,
        qos: int | None = None,
        retain: bool = False,
    ) -> None:
        """The broker delivers a message."""
        message = MQTTMessage(mid=packet_id, topic=topic.encode() if isinstance(topic, str) else topic)
        message.payload = payload.encode() if isinstance(payload, str) else payload
        message.qos = (1 if packet_id else 0) if qos is None else qos
        message.retain = retain
        self.on_message(self, None, message)


def until(holds: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Wait for another thread; fails when it does not come to it."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.002)
