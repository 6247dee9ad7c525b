"""The relay (抓包中继): a TCP wire that writes down what passes, each way of each connection in a file of its own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Thread

CHUNK = 64 * 1024
HOST = "127.0.0.1"


@dataclass(slots=True)
class Relay:
    """Carries connections to a port of this machine; `folder`/`name`-1-up and …-1-down are the first one's octets."""

    target: int
    folder: Path
    name: str
    _listener: socket.socket = field(default_factory=socket.socket)
    _numbers: "Iterator[int]" = field(default_factory=lambda: count(1))

    @property
    def port(self) -> int:
        """Where it listens, on the loopback."""
        return int(self._listener.getsockname()[1])

    @staticmethod
    @contextmanager
    def running(target: int, folder: Path, name: str) -> "Iterator[Relay]":
        """A relay at work until the block ends."""
        relay = Relay(target, folder, name)
        folder.mkdir(parents=True, exist_ok=True)
        relay._listener.bind((HOST, 0))
        relay._listener.listen()
        Thread(target=relay._accept, daemon=True).start()
        try:
            yield relay
        finally:
            with suppress(OSError):
                relay._listener.shutdown(socket.SHUT_RDWR)  # who waits for a connection is told
            relay._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._link, args=(near, next(self._numbers)), daemon=True).start()

    def _link(self, near: socket.socket, number: int) -> None:
        """One connection, until both ways have ended."""
        with near, suppress(OSError), socket.create_connection((HOST, self.target)) as far:
            name = f"{self.name}-{number}"
            down = Thread(target=_carry, args=(far, near, self.folder / f"{name}-down"), daemon=True)
            down.start()
            _carry(near, far, self.folder / f"{name}-up")
            down.join()


def _carry(source: socket.socket, sink: socket.socket, record: Path) -> None:
    """One way of a connection: written down first, so that what arrived is on record."""
    with record.open("wb", buffering=0) as file, suppress(OSError):
        while chunk := source.recv(CHUNK):
            file.write(chunk)
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
