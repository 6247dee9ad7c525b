"""The stations (网点群): so many devices, each with its own connection, key and receipts, in one process.

Arguments: host, port, file of stations, events a second (0: each sends its next scan as soon as the last one has its
receipt), seconds. Prints `ready` once all are connected, waits for a line, then one JSON object:
{"published", "receipted", "seconds", "p50_ms", "p99_ms", "most_ms"}; waits for the last receipts up to a minute.
The file is JSON: [{"post": [carrier, station, device], "password", "key": the private JWK}].
"""

import base64
import json
import random
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from struct import pack

import msgspec

from tracker.wire.event import ScanEvent, encode_event
from tracker.wire.event_ids import build_event_id
from tracker.wire.message import encode_batch
from tracker.wire.signature import PrivateJwk, SigningKey, digest_of
from tracker.wire.steps import Step
from tracker.wire.topics import Channel, Post
from web.bench.programs.raw_consumer import PUBLISH, READ_BYTES, connect, packet, split, subscribe, text

PATIENCE = 60.0  # seconds for the last receipts


@dataclass(slots=True)
class Station:
    """One device and its connection."""

    post: Post
    key: SigningKey
    connection: socket.socket
    seq: int = 0
    buffer: bytearray = field(default_factory=bytearray)

    def scan(self) -> str:
        """Publish one scan at QoS 1; the digest under which its receipt will come."""
        now = datetime.now(UTC)
        self.seq += 1
        event = ScanEvent(
            event_id=build_event_id(now, random.randbytes(10)),
            seq=self.seq,
            step=Step.ARRIVED,
            event_time=now,
            waybill_no=f"LD{random.getrandbits(48):015}",
            operator="c1017",
        )
        batch_id = build_event_id(now, random.randbytes(10))
        payload = encode_batch([encode_event(event)], post=self.post, key=self.key, batch_id=batch_id, sent_at=now)
        frame = packet(PUBLISH, 2, text(self.post.topic(Channel.SCANS)) + pack(">H", self.seq % 65_535 + 1) + payload)
        self.connection.sendall(frame)
        return digest_of(payload)

    def receipted(self) -> list[str]:
        """The digests in the receipts that have come."""
        octets = self.connection.recv(READ_BYTES)
        if not octets:
            raise ConnectionError(f"the broker closed {self.post.username}")
        self.buffer += octets
        found = []
        for kind, _, body in split(self.buffer):
            if kind == PUBLISH:
                claims = bytes(body[2 + (body[0] << 8 | body[1]) :]).split(b".")[1]
                receipt = json.loads(base64.urlsafe_b64decode(claims + b"=" * (-len(claims) % 4)))
                found += [batch["payload_sha256"] for batch in receipt["batches"] if batch["recorded"]]
        return found


@dataclass(slots=True)
class Crowd:
    """All of them, and what is on its way."""

    stations: list[Station]
    open: dict[str, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    published: int = 0

    def run(self, rate: float, seconds: float) -> None:
        """Scan for so long, then wait for what is still open."""
        poll = select.epoll()
        by_number = {station.connection.fileno(): station for station in self.stations}
        for number in by_number:
            poll.register(number, select.EPOLLIN)
        start = time.perf_counter()
        idle = deque(self.stations)
        random.shuffle(idle)
        while (now := time.perf_counter() - start) < seconds or (self.open and now < seconds + PATIENCE):
            due = self.published + len(idle) if not rate else int(now * rate)
            while now < seconds and self.published < due and idle:
                station = idle.popleft()
                self._scan(station)
                if rate:
                    idle.append(station)
            for number, _ in poll.poll(0.002):
                station = by_number[number]
                for digest in station.receipted():
                    self._take(digest)
                    if not rate:
                        idle.append(station)

    def _scan(self, station: Station) -> None:
        moment = time.perf_counter()
        self.open[station.scan()] = moment
        self.published += 1

    def _take(self, digest: str) -> None:
        if (moment := self.open.pop(digest, None)) is not None:
            self.delays.append((time.perf_counter() - moment) * 1000)


def main() -> None:
    """Connect all, say so, wait for the word, scan."""
    host, port, file, rate, seconds = sys.argv[1:6]
    stations = []
    for told in json.loads(Path(file).read_bytes()):
        post = Post(*told["post"])
        connection = connect(
            host, int(port), client_id=f"bench-{post.station}", username=post.username, password=told["password"],
            clean=True,
        )  # fmt: skip
        subscribe(connection, post.topic(Channel.RECEIPTS), qos=0)
        stations.append(Station(post, SigningKey.from_jwk(msgspec.convert(told["key"], PrivateJwk)), connection))
    crowd = Crowd(stations)
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.perf_counter()
    crowd.run(float(rate), float(seconds))
    delays = sorted(crowd.delays) or [0.0]
    told = {
        "published": crowd.published,
        "receipted": len(crowd.delays),
        "seconds": round(time.perf_counter() - start, 1),
        "p50_ms": round(delays[len(delays) // 2], 1),
        "p99_ms": round(delays[len(delays) * 99 // 100], 1),
        "most_ms": round(delays[-1], 1),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
