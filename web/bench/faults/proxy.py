"""A bad network (坏网络): a TCP proxy that delays, stalls, swallows bytes, goes half-open or resets."""

import random
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s: close() sends RST


@dataclass(slots=True)
class Link:
    """One connection through the proxy, both ways."""

    near: socket.socket
    far: socket.socket
    closed: Event = field(default_factory=Event)

    def reset(self) -> None:
        """RST to both ends."""
        self.closed.set()
        for end in (self.near, self.far):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            with suppress(OSError):
                end.close()


@dataclass(slots=True)
class Proxy:
    """Forwards to `target`, as badly as it is told. Changing a field changes every connection at once."""

    target: tuple[str, int]
    latency: float = 0.0  # seconds
    bytes_per_second: float = 0.0  # 0: as fast as it goes
    stalled: bool = False  # reads nothing and closes nothing
    swallow: float = 0.0  # the share of chunks that vanish
    links: list[Link] = field(default_factory=list)
    _listener: socket.socket = field(default_factory=socket.socket)
    _lock: Lock = field(default_factory=Lock)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @staticmethod
    @contextmanager
    def running(target: tuple[str, int]) -> "Iterator[Proxy]":
        """A proxy on a free port of the loopback."""
        proxy = Proxy(target)
        proxy._listener.bind(("127.0.0.1", 0))
        proxy._listener.listen()
        Thread(target=proxy._accept, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy._listener.close()
            proxy.reset()

    def heal(self) -> None:
        """A good network again, for the connections that are left."""
        self.latency, self.bytes_per_second, self.stalled, self.swallow = 0.0, 0.0, False, 0.0

    def reset(self) -> None:
        """RST on every connection."""
        with self._lock:
            links, self.links = self.links, []
        for link in links:
            link.reset()

    def cut_far_ends(self) -> None:
        """Half-open: the far side loses the connection, the near side hears nothing of it."""
        for link in list(self.links):
            with suppress(OSError):
                link.far.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self.target, timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            link = Link(near, far)
            with self._lock:
                self.links.append(link)
            for source, sink in ((near, far), (far, near)):
                Thread(target=self._carry, args=(link, source, sink), daemon=True).start()

    def _carry(self, link: Link, source: socket.socket, sink: socket.socket) -> None:
        """One way of one connection, each chunk when its time has come."""
        queue: deque[tuple[float, bytes]] = deque()
        chance = random.Random()
        try:
            while not link.closed.is_set():
                if self.stalled:
                    time.sleep(0.02)
                    continue
                readable, _, _ = select.select([source], [], [], 0.02 if not queue else 0.001)
                if readable and len(queue) < 64:
                    chunk = source.recv(CHUNK)
                    if self.stalled:
                        queue.append((0.0, chunk))
                        continue
                    if not chunk:
                        break
                    if not self.swallow or chance.random() >= self.swallow:
                        queue.append((time.monotonic() + self.latency, chunk))
                while queue and queue[0][0] <= time.monotonic() and not self.stalled:
                    chunk = queue.popleft()[1]
                    if self.bytes_per_second:
                        time.sleep(len(chunk) / self.bytes_per_second)
                    sink.sendall(chunk)
        except (OSError, ValueError):
            pass
        if not self.stalled:
            link.reset()
