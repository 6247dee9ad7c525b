"""The load (压力源): publishes payloads from a file at QoS 1, as fast as the broker takes them or at a steady rate.

Arguments: host, port, username, password, file, messages, messages a second (0: as fast as may be). Prints `ready`,
waits for a line, publishes, prints `done` after the last acknowledgement. At a steady rate it also listens to the
receipts and prints, before `done`, the milliseconds from each publish to its receipt as one JSON list.
The file holds records of two lengths (4 octets each, big-endian), a topic and a payload.
"""

import base64
import hashlib
import json
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from web.bench.programs.raw_consumer import PUBACK, PUBLISH, READ_BYTES, connect, packet, split, subscribe, text

AHEAD = 256  # unacknowledged messages


def read_records(path: Path) -> Iterator[tuple[str, bytes]]:
    """(topic, payload) pairs."""
    with path.open("rb") as file:
        while lengths := file.read(8):
            topic_length, payload_length = struct.unpack(">II", lengths)
            yield file.read(topic_length).decode(), file.read(payload_length)


class Load:
    """One publishing connection."""

    def __init__(self, connection: socket.socket, records: list[tuple[str, bytes]], rate: float) -> None:
        self.connection, self.records, self.rate = connection, records, rate
        self.buffer = bytearray()
        self.sent = self.acknowledged = 0
        self.published_at: dict[str, float] = {}
        self.delays: list[float] = []

    def run(self) -> None:
        """Publish all; returns when all are acknowledged and, at a steady rate, receipted."""
        start = time.perf_counter()
        while self.acknowledged < len(self.records) or (self.rate and len(self.delays) < len(self.records)):
            due = len(self.records) if not self.rate else int((time.perf_counter() - start) * self.rate) + 1
            room = min(due, len(self.records), self.acknowledged + AHEAD) - self.sent
            if room > 0:
                self._send(room)
            wait = 1.0 if not self.rate else max(0.0, start + self.sent / self.rate - time.perf_counter())
            if self.sent == len(self.records):
                wait = 1.0
            if select.select([self.connection], [], [], wait)[0]:
                self._take(self.connection.recv(READ_BYTES))

    def _send(self, count: int) -> None:
        frames = []
        for number in range(self.sent, self.sent + count):
            topic, payload = self.records[number]
            frames.append(packet(PUBLISH, 2, text(topic) + struct.pack(">H", number % 65_535 + 1) + payload))
            if self.rate:
                digest = base64.urlsafe_b64encode(hashlib.sha256(payload).digest()).rstrip(b"=").decode()
                self.published_at[digest] = time.perf_counter()
        self.connection.sendall(b"".join(frames))
        self.sent += count

    def _take(self, octets: bytes) -> None:
        if not octets:
            raise ConnectionError("the broker closed the load's connection")
        self.buffer += octets
        for kind, _, body in split(self.buffer):
            if kind == PUBACK:
                self.acknowledged += 1
            elif kind == PUBLISH:
                self._take_receipt(bytes(body[2 + (body[0] << 8 | body[1]) :]))

    def _take_receipt(self, receipt: bytes) -> None:
        now = time.perf_counter()
        claims = receipt.split(b".")[1]
        for batch in json.loads(base64.urlsafe_b64decode(claims + b"=" * (-len(claims) % 4)))["batches"]:
            published_at = self.published_at.pop(batch["payload_sha256"], None)
            if published_at is not None:
                self.delays.append((now - published_at) * 1000)


def main() -> None:
    """Connect, say so, wait for the word, publish all."""
    host, port, username, password, file, messages, rate = sys.argv[1:8]
    records = list(islice(read_records(Path(file)), int(messages)))
    connection = connect(host, int(port), client_id="bench-load", username=username, password=password, clean=True)
    if float(rate):
        subscribe(connection, "jixin/v1/+/+/+/receipts", qos=0)
    load = Load(connection, records, float(rate))
    print("ready", flush=True)
    sys.stdin.readline()
    load.run()
    if load.rate:
        print(json.dumps([round(delay, 2) for delay in load.delays]), flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    main()
