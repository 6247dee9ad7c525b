"""A reading process that does what its kind says (替身进程)."""

import os
import time
from contextlib import suppress

from tests.intake.devices import Device
from tracker.intake.delivery import Delivery
from tracker.intake.line import Answers, Begin, Close, Facts, Gone, Line, Message, Messages, Ours, State, Stop

POST = Device().post
PAYLOAD = b"x" * 100_000


def message(number: int, payload: bytes = b"x") -> Message:
    return Message(Delivery(POST, payload, number, 1), "sha", None, ("unreadable", f"number {number}"))


def serve(kind: str, line: Line) -> None:
    """One `begin` after another, until the line ends."""
    with suppress(EOFError, OSError):
        while True:
            if isinstance(line.receive_downward(), Begin):
                serve_once(kind, line)


def serve_once(kind: str, line: Line) -> None:
    match kind:
        case "dies":
            line.send(Messages([message(1)]))
            os._exit(3)
        case "sleeps":
            time.sleep(60)
        case "floods":
            for number in range(1_000):
                line.send(Messages([message(number, PAYLOAD)]))
        case "numbers":
            for start in range(0, 10, 5):
                line.send(Messages([message(number) for number in range(start, start + 5)]))
            line.send(Facts(connected=True, connections=1, messages=3))
    while True:
        match line.receive_downward():
            case Ours() if kind != "turns":
                pass
            case Answers() | State() | Ours() as heard:  # told back as a refusal's reason
                line.send(Messages([Message(Delivery(POST, b"", 0, 1), "sha", None, ("heard", repr(heard)))]))
            case Close():
                line.send(Facts(connected=True, connections=2, drained=True))
            case Stop():
                line.send(Gone(flushed=True))
                return
