"""A station (收寄终端): reads codes line by line, keeps each on disk, beeps, and reports when it can."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scanners.capture import GateNeeded, NotAWaybill, capture
from scanners.outbox import Outbox, OutboxError
from scanners.reader import Quirks, RepeatFilter, read_codes
from tracker.wire.event_ids import build_event_id
from tracker.wire.steps import Step
from tracker.wire.topics import Post

BEEP = "\a"


class StepMissing(ValueError):
    """A code was scanned, and nobody has said what a scan means; the message says how."""

    def __init__(self) -> None:
        super().__init__("请用 --step 说明扫码的环节 · say with --step what a scan means: arrived, departed, …")


@dataclass(frozen=True, slots=True)
class Shift:
    """What every scan of this sitting has in common."""

    post: Post
    step: Step | None  # None where only what waits is sent: a code that is scanned then says nothing
    operator: str | None
    quirks: Quirks = field(default_factory=Quirks)


def run_station(
    lines: Iterable[str],
    outbox: Outbox,
    *,
    shift: Shift,
    say: Callable[[str], None] = print,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Take waybill numbers, a line each, until the input ends; how many scans were kept. Raises GateNeeded.

    A keyboard-wedge scanner types just that. The beep follows the disk: a scan that beeped is a scan that counts. The
    same number again within a second is the same scan: it is said, and kept once. Raises StepMissing at the first
    number where the shift has no step.
    """
    if shift.step is Step.ACCEPTED:
        raise GateNeeded
    kept, repeats = 0, RepeatFilter()
    for line in lines:
        try:
            readings = read_codes(line, shift.quirks)
        except NotAWaybill as error:
            say(f"✗ {error}")
            continue
        for reading in readings:
            if shift.step is None:
                raise StepMissing
            moment = now()
            if repeats.is_repeat(reading.waybill_no, moment):
                say(f"= {reading.waybill_no} 重复读码，已记一次 read twice, kept once")
                continue
            try:
                scan = capture(
                    reading.waybill_no,
                    step=shift.step,
                    event_id=build_event_id(moment, os.urandom(10)),
                    event_time=moment.astimezone(),
                    operator=shift.operator,
                )
                outbox.put(shift.post, scan)
            except OutboxError as error:
                say(f"✗ {error}")
                continue
            repeats.note(reading.waybill_no, moment)
            kept += 1
            say(f"{BEEP if sys.stdout.isatty() else ''}✓ {scan.waybill_no} {shift.step}")
    return kept
