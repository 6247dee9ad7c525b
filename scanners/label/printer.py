"""A label printer on the network (网络面单打印机): takes ZPL on a TCP port, as a rule 9100, and says what ails it.

Asked for its state first (~HS, ZPL II Programming Guide): three lines between STX and ETX. Not every make answers; one
that is silent is believed to be ready.
"""

import socket
import time
from dataclasses import dataclass
from enum import StrEnum

ZPL_PORT = 9100
CONNECTING, ANSWERING, TAKING = 3.0, 1.0, 5.0  # seconds: for the line, for the state, for a whole label
_ASK = b"~HS"
_LINES = 3
_LONGEST = 1024


class Ailment(StrEnum):
    """Why nothing was printed, as the clerk can act on it."""

    AWAY = "away"  # nobody answers there: off, unplugged, another address
    STUCK = "stuck"  # it stopped taking what is sent
    PAPER_OUT = "paper_out"
    HEAD_OPEN = "head_open"
    RIBBON_OUT = "ribbon_out"
    PAUSED = "paused"


class PrinterAiling(OSError):
    """Nothing was printed; `ailment` says why."""

    def __init__(self, ailment: Ailment) -> None:
        super().__init__(ailment.value)
        self.ailment = ailment


@dataclass(frozen=True, slots=True)
class Printer:
    """Where the printer is."""

    host: str
    port: int = ZPL_PORT

    def print(self, zpl: bytes) -> None:
        """Hand a label over, if the printer says nothing against it. Raises PrinterAiling."""
        try:
            line = socket.create_connection((self.host, self.port), timeout=CONNECTING)
        except OSError as error:
            raise PrinterAiling(Ailment.AWAY) from error
        with line:
            try:
                line.sendall(_ASK)
                ailment = find_ailment(_answer(line))
                if ailment is not None:
                    raise PrinterAiling(ailment)
                line.settimeout(TAKING)
                line.sendall(zpl)
                line.shutdown(socket.SHUT_WR)
            except PrinterAiling:
                raise
            except OSError as error:
                raise PrinterAiling(Ailment.STUCK) from error


def find_ailment(answer: bytes) -> Ailment | None:
    """What the answer to ~HS tells of; None where it is ready, or its answer is none that we know."""
    lines = [part.partition(b"\x03")[0].split(b",") for part in answer.split(b"\x02")[1:]]
    first, second = (lines[0] if lines else []), (lines[1] if len(lines) > 1 else [])
    flags = (
        (Ailment.PAPER_OUT, first, 1), (Ailment.HEAD_OPEN, second, 2), (Ailment.RIBBON_OUT, second, 3),
        (Ailment.PAUSED, first, 2),
    )  # fmt: skip
    return next((ailment for ailment, line, place in flags if line[place : place + 1] == [b"1"]), None)


def _answer(line: socket.socket) -> bytes:
    """What comes within a second, three lines at most; nothing from a printer that does not answer."""
    told, until = b"", time.monotonic() + ANSWERING
    while told.count(b"\x03") < _LINES and len(told) < _LONGEST and (left := until - time.monotonic()) > 0:
        line.settimeout(left)
        try:
            piece = line.recv(_LONGEST)
        except TimeoutError:
            break
        if not piece:
            break
        told += piece
    return told
