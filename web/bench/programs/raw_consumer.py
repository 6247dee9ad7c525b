"""The ceiling of the broker (代理上限): QoS 1 messages off a bare socket, acknowledged and forgotten.

Speaks MQTT 3.1.1 by itself, as little of it as a bench needs, so that no client library stands between it and the
broker; the load speaks through the same few functions. Imports nothing of ours.
Arguments: host, port, username, password, messages. Prints `ready` once subscribed, `done` after the last message.
"""

import socket
import struct
import sys
from collections.abc import Iterator

CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9
READ_BYTES = 1 << 18


def packet(kind: int, flags: int, body: bytes) -> bytes:
    """A control packet: first byte, remaining length, body (MQTT 3.1.1 section 2.2)."""
    length, left = b"", len(body)
    while True:
        left, octet = left >> 7, left & 0x7F
        length += bytes([octet | (0x80 if left else 0)])
        if not left:
            return bytes([kind << 4 | flags]) + length + body


def text(value: str) -> bytes:
    """A string with its length in front."""
    octets = value.encode()
    return struct.pack(">H", len(octets)) + octets


def connect(host: str, port: int, *, client_id: str, username: str, password: str, clean: bool) -> socket.socket:
    """An open MQTT connection. Raises ConnectionError when the broker refuses."""
    connection = socket.create_connection((host, port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    flags = 0xC0 | (0x02 if clean else 0)
    body = text("MQTT") + bytes([4, flags]) + struct.pack(">H", 600) + text(client_id) + text(username) + text(password)
    connection.sendall(packet(1, 0, body))
    answer = connection.recv(4)
    if len(answer) != 4 or answer[0] >> 4 != CONNACK or answer[3]:
        raise ConnectionError("the broker refused the bench's connection")
    return connection


def subscribe(connection: socket.socket, topic: str, *, qos: int) -> None:
    """Subscribe; the broker's answer comes among the packets."""
    connection.sendall(packet(8, 2, struct.pack(">H", 1) + text(topic) + bytes([qos])))


def split(buffer: bytearray) -> Iterator[tuple[int, int, memoryview]]:
    """Take whole packets off the buffer's front: (kind, flags, body)."""
    at = 0
    view = memoryview(bytes(buffer))
    while True:
        end, length = at + 1, 0
        for shift in (0, 7, 14, 21):
            if end >= len(view):
                break
            octet = view[end]
            end += 1
            length |= (octet & 0x7F) << shift
            if not octet & 0x80:
                break
        else:
            raise ConnectionError("a packet with an impossible length")
        if end > len(view) or end == at + 1 or view[end - 1] & 0x80 or end + length > len(view):
            break
        yield view[at] >> 4, view[at] & 0x0F, view[end : end + length]
        at = end + length
    del buffer[:at]


def main() -> None:
    """Read what is there, acknowledge all of it in one write, repeat."""
    host, port, username, password, messages = sys.argv[1:6]
    wanted, seen = int(messages), 0
    connection = connect(host, int(port), client_id="bench-raw", username=username, password=password, clean=False)
    subscribe(connection, "jixin/v1/+/+/+/scans", qos=1)
    buffer = bytearray()
    while seen < wanted:
        buffer += connection.recv(READ_BYTES)
        answers = []
        for kind, flags, body in split(buffer):
            if kind == SUBACK:
                print("ready", flush=True)
            elif kind == PUBLISH and flags & 0x06:
                seen += 1
                at = 2 + (body[0] << 8 | body[1])
                answers.append(packet(PUBACK, 0, struct.pack(">H", body[at] << 8 | body[at + 1])))
        if answers:
            connection.sendall(b"".join(answers))
    print("done", flush=True)


if __name__ == "__main__":
    main()
