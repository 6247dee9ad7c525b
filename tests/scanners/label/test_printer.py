"""The printer: a label goes over the line whole, and what ails the printer is told apart, within seconds."""

import socket

import pytest

from scanners.label import printer
from scanners.label.printer import Ailment, Printer, PrinterAiling, find_ailment
from tests.scanners.label.listening_printer import READY, Listener, flagged

ZPL = b"^XA^FO10,10^FDlabel^FS^XZ" * 2000


def why(at: Printer, zpl: bytes = ZPL) -> Ailment:
    with pytest.raises(PrinterAiling) as caught:
        at.print(zpl)
    return caught.value.ailment


@pytest.mark.parametrize("answer", [READY, None, "no such command"])
def test_a_label_goes_over_the_line_whole(answer: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer, "ANSWERING", 0.2)
    listener = Listener(answer)
    with listener.open() as at:
        at.print(ZPL)
    assert listener.sent == b"~HS" + ZPL


@pytest.mark.parametrize(
    ("line", "place", "ailment"),
    [
        (0, 1, Ailment.PAPER_OUT),
        (0, 2, Ailment.PAUSED),
        (1, 2, Ailment.HEAD_OPEN),
        (1, 3, Ailment.RIBBON_OUT),
    ],
)
def test_a_printer_that_cannot_print_says_why_and_gets_no_label(line: int, place: int, ailment: Ailment) -> None:
    listener = Listener(flagged(line, place))
    with listener.open() as at:
        assert why(at) is ailment
    assert listener.sent == b"~HS"


def test_paper_out_is_told_before_the_pause_that_it_brings() -> None:
    assert find_ailment(b"\x02030,1,1,1245\x03\r\n") is Ailment.PAPER_OUT
    assert find_ailment(b"") is find_ailment(b"\x02") is find_ailment(READY.encode()) is None


def test_a_printer_that_is_off_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert why(Printer("127.0.0.1", port)) is Ailment.AWAY


def test_a_printer_that_takes_no_more_does_not_hold_the_clerk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer, "ANSWERING", 0.1)
    monkeypatch.setattr(printer, "TAKING", 0.3)
    listener = Listener(READY, takes=False)
    with listener.open() as at:
        assert why(at, ZPL * 400) is Ailment.STUCK
