"""The broker's sessions: however many a device leaves behind, the tracker gets its own."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker.intake.broker import EmbeddedBroker, choose_port
from tracker.intake.broker_users import TRACKER, changing_users, device_user, tracker_user
from tracker.wire.topics import Post

POST = Post("POSTROAD", "HZ-1", "GUN-1")
MORE_THAN_NATS_ALLOWS = 1001
QOS_1 = 1


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A running broker that knows the tracker and one device."""
    with changing_users(tmp_path) as users:
        users[TRACKER] = tracker_user("secret")
        users[POST.username] = device_user(POST, "secret")
    broker = EmbeddedBroker(tmp_path, "127.0.0.1", choose_port("127.0.0.1", 0, exactly=True))
    broker.start()
    yield broker
    broker.stop()


def leave_session(broker: EmbeddedBroker, *, client_id: str, user: str, topic: str) -> int:
    """Open a persistent session, subscribe at QoS 1 and go; what the broker granted (128: nothing)."""
    connect = text("MQTT") + b"\x04\xc0" + struct.pack(">H", 60) + text(client_id) + text(user) + text("secret")
    subscribe = struct.pack(">H", 1) + text(topic) + bytes([QOS_1])
    with socket.create_connection((broker.host, broker.port), timeout=10) as connection:
        connection.sendall(b"\x10" + bytes([len(connect)]) + connect)
        assert connection.recv(4)[3] == 0
        connection.sendall(b"\x82" + bytes([len(subscribe)]) + subscribe)
        granted = connection.recv(5)[4]
        connection.sendall(b"\xe0\x00")
    return granted


def text(value: str) -> bytes:
    """As MQTT writes it."""
    return struct.pack(">H", len(value)) + value.encode()


def test_a_device_that_leaves_a_thousand_sessions_locks_no_tracker_out(broker: EmbeddedBroker) -> None:
    for number in range(MORE_THAN_NATS_ALLOWS):
        leave_session(broker, client_id=f"left-{number}", user=POST.username, topic=POST.topic("receipts"))
    assert leave_session(broker, client_id="new", user=TRACKER, topic="jixin/v1/+/+/+/scans") == QOS_1
