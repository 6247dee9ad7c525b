"""A station: each line is a scan, kept on disk before the beep, and a bad one stops nobody."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scanners import station as station_module
from scanners.capture import GateNeeded
from scanners.outbox import Lane, Outbox, OutboxError
from scanners.reader import Quirks
from scanners.station import BEEP, Shift, StepMissing, run_station
from tests.intake.devices import NOW
from tests.scanners.counter import GUN, waybills_of
from tracker.wire.event import ScanEvent, decode_event
from tracker.wire.event_ids import time_of
from tracker.wire.steps import Step

SHIFT = Shift(GUN.post, Step.ARRIVED, "C1")


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    one = Outbox(tmp_path / "outbox.db")
    yield one
    one.close()


def kept(outbox: Outbox) -> list[ScanEvent]:
    return [decode_event(body).scan for _, body in outbox.next_items(Lane(GUN.post))]


def test_each_line_is_a_scan_and_empty_ones_are_not(outbox: Outbox) -> None:
    assert run_station(["w1\n", "\n", "  \r\n", "W2\n"], outbox, shift=SHIFT, say=lambda _: None) == 2
    scans = kept(outbox)
    assert [scan.waybill_no for scan in scans] == ["W1", "W2"]
    assert {(scan.step, scan.operator) for scan in scans} == {(Step.ARRIVED, "C1")}
    assert len({scan.event_id for scan in scans}) == 2


def test_a_double_read_is_one_scan_and_the_same_code_later_is_another(outbox: Outbox) -> None:
    said: list[str] = []
    moments = iter([NOW, NOW + timedelta(milliseconds=300), NOW + timedelta(seconds=5)])
    assert run_station(["W1", "W1", "W1"], outbox, shift=SHIFT, say=said.append, now=lambda: next(moments)) == 2
    assert len(kept(outbox)) == 2
    assert [line[0] for line in said] == ["✓", "=", "✓"]


def test_a_scanners_quirks_are_understood(outbox: Outbox) -> None:
    shift = replace(SHIFT, quirks=Quirks(prefix="#"))
    typed = ["#]C0W1\r\n", "https://trace.example/t/W2?k=x", "Ｗ３"]
    assert run_station(typed, outbox, shift=shift, say=lambda _: None) == 3
    assert [scan.waybill_no for scan in kept(outbox)] == ["W1", "W2", "W3"]


def test_scanning_accepts_nothing(outbox: Outbox) -> None:
    with pytest.raises(GateNeeded, match="counter"):
        run_station(["W1"], outbox, shift=replace(SHIFT, step=Step.ACCEPTED), say=lambda _: None)
    assert kept(outbox) == []


def test_without_a_step_nothing_is_scanned(outbox: Outbox) -> None:
    shift = replace(SHIFT, step=None)
    assert run_station(["", "\r\n"], outbox, shift=shift, say=lambda _: None) == 0
    with pytest.raises(StepMissing, match="--step"):
        run_station(["W1"], outbox, shift=shift, say=lambda _: None)
    assert kept(outbox) == []


def test_a_scan_is_on_disk_when_it_beeps(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    heard: list[tuple[str, int]] = []
    run_station(["W1", "?", "W2"], outbox, shift=SHIFT, say=lambda line: heard.append((line, outbox.waiting())))
    assert [waiting for _, waiting in heard] == [1, 1, 2]
    assert [line.startswith(BEEP) for line, _ in heard] == [True, False, True]


def test_what_is_no_waybill_is_said_and_stops_nobody(outbox: Outbox) -> None:
    said: list[str] = []
    assert run_station(["no waybill", "W1"], outbox, shift=SHIFT, say=said.append) == 1
    assert said[0].startswith("✗")
    assert "W1" in said[1]


def test_a_disk_that_is_full_gives_no_beep_and_the_next_scan_is_tried(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = outbox.put
    faults = iter([OutboxError("free some disk and scan again")])

    def flaky(*told: object) -> bool:
        if fault := next(faults, None):
            raise fault
        return put(*told)

    monkeypatch.setattr(outbox, "put", flaky)
    said: list[str] = []
    assert run_station(["W1", "W1"], outbox, shift=SHIFT, say=said.append) == 1
    assert "free some disk" in said[0]
    assert waybills_of(body for _, body in outbox.next_items(Lane(GUN.post))) == ["W1"], "tried again at once"


def test_a_scan_has_the_time_of_its_reading_with_the_local_offset(outbox: Outbox) -> None:
    moments = iter([NOW, NOW + timedelta(seconds=5)])
    run_station(["W1", "W2"], outbox, shift=SHIFT, say=lambda _: None, now=lambda: next(moments))
    first, second = kept(outbox)
    assert (first.event_time, time_of(first.event_id)) == (NOW, NOW)
    assert second.event_time - first.event_time == timedelta(seconds=5)
    assert isinstance(first.event_time, datetime)
    assert first.event_time.utcoffset() == NOW.astimezone().utcoffset()


def test_no_bell_is_written_into_a_file(outbox: Outbox, capsys: pytest.CaptureFixture[str]) -> None:
    run_station(["W1"], outbox, shift=SHIFT)
    assert BEEP not in capsys.readouterr().out
    assert station_module.BEEP == "\a"
