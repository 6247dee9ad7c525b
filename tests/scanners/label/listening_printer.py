"""A label printer's port (打印机端口): a real socket that takes labels, and answers ~HS as it is told to."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from scanners.label.printer import Printer

READY = "\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"


class Listener:
    """A printer's port: what it was sent, and what it says when it is asked for its state."""

    def __init__(self, answer: str | None, *, takes: bool = True) -> None:
        self.answer, self.takes, self.sent = answer, takes, b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.held = Event()
        self.thread = Thread(target=self._serve)

    def _serve(self) -> None:
        line, _ = self.socket.accept()
        with line:
            self.sent = line.recv(3)
            if self.answer is not None:
                for piece in (self.answer[:20], self.answer[20:]):  # as it comes over a real line: in pieces
                    line.sendall(piece.encode())
            while self.takes and (piece_of_label := line.recv(65536)):
                self.sent += piece_of_label
            if not self.takes:
                self.held.wait()

    @contextmanager
    def open(self) -> Iterator[Printer]:
        self.thread.start()
        try:
            yield Printer("127.0.0.1", self.port)
        finally:
            self.held.set()
            self.thread.join(5)
            self.socket.close()


def flagged(line: int, place: int) -> str:
    """The answer with one flag set."""
    lines = [each.split(",") for each in READY.split("\r\n")]
    lines[line][place] = "1"
    return "\r\n".join(",".join(each) for each in lines)
