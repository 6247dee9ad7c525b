"""A station at load (满载网点): scans as fast as it is told, and writes down before each beep what the beep promises.

Arguments: enrolment, outbox, list, label, scans a second, broker URL, speed of the resend clock.
Commands on standard input, whose end ends it: `go`, `pause`, `clock SECONDS` (the device's clock is off by so much).
The list is synced: `? NUMBER` before a scan, `! NUMBER` after it is on disk and before the beep, and `-` when it has
obeyed a pause and every parcel on the counter has had its beep.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import TextIO

from scanners.outbox import Outbox
from scanners.publisher import Publisher
from scanners.station import Shift, run_station
from tracker.wire.enrolment import read_enrolment
from tracker.wire.steps import Step

ARMFUL = 20  # parcels that are laid on the counter together


@dataclass(slots=True)
class Load:
    """What the station is told to do, and the list it keeps."""

    paper: TextIO
    label: str
    rate: float
    number: int
    scanning: Event = field(default_factory=Event)
    paused: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)
    clock_error: timedelta = timedelta(0)

    def now(self) -> datetime:
        """This device's clock, which may be wrong."""
        return datetime.now(UTC) + self.clock_error

    def lines(self) -> Iterator[str]:
        """What the scanner types: numbers never scanned before, each on the list first."""
        while not self.ended.is_set():
            if not self.scanning.wait(0.05):
                if self.paused.is_set():
                    self.paused.clear()
                    self.write("-\n")
                continue
            due = time.monotonic()
            numbers = [f"{self.label}{self.number + each:06}" for each in range(ARMFUL)]
            self.number += ARMFUL
            self.write("".join(f"? {number}\n" for number in numbers))
            yield from numbers
            time.sleep(max(0.0, due + ARMFUL / self.rate - time.monotonic()))

    def say(self, line: str) -> None:
        """Where a station beeps: the promise is on the list before anybody hears it."""
        if line.startswith("✓ "):
            self.write(f"! {line.split()[1]}\n")
        print(line, flush=True)

    def write(self, text: str) -> None:
        """Write and sync."""
        self.paper.write(text)
        self.paper.flush()
        os.fdatasync(self.paper.fileno())

    def obey(self) -> None:
        """Take commands until there are no more."""
        for line in sys.stdin:
            match line.split():
                case ["go"]:
                    self.paused.clear()
                    self.scanning.set()
                case ["pause"]:
                    self.scanning.clear()
                    self.paused.set()
                case ["clock", seconds]:
                    self.clock_error = timedelta(seconds=float(seconds))
        self.ended.set()
        self.scanning.set()


def main() -> None:
    """Scan, report, and stop when told."""
    enrolment_file, outbox_file, list_file, label, rate, broker_url, speed = sys.argv[1:8]
    paper_file = Path(list_file)
    written = paper_file.read_text().count("? ") if paper_file.exists() else 0
    enrolment = read_enrolment(Path(enrolment_file))
    with paper_file.open("a") as paper:
        load = Load(paper, label, float(rate), written)
        Thread(target=load.obey, daemon=True).start()
        outbox = Outbox(Path(outbox_file))
        publisher = Publisher(
            enrolment,
            outbox,
            broker_url=broker_url,
            now=load.now,
            clock=lambda: time.monotonic() * float(speed),
        )
        publisher.start()
        try:
            run_station(
                load.lines(), outbox, shift=Shift(enrolment.post, Step.ARRIVED, None), say=load.say, now=load.now
            )
        finally:
            publisher.stop()
            outbox.close()


if __name__ == "__main__":
    main()
