"""A station (收寄终端): reads codes line by line, keeps each on disk, beeps, and reports when it can."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from scanners.capture import NotAWaybill, capture
from scanners.outbox import Outbox, OutboxError
from tracker.wire.event_ids import build_event_id
from tracker.wire.steps import Step
from tracker.wire.topics import Post

BEEP = "\a"


@dataclass(frozen=True, slots=True)
class Shift:
    """What every scan of this sitting has in common."""

    post: Post
    step: Step
    operator: str | None


def run_station(
    lines: Iterable[str],
    outbox: Outbox,
    *,
    shift: Shift,
    say: Callable[[str], None] = print,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Take one waybill number a line until the input ends; how many scans were kept.

    A keyboard-wedge scanner types just that. The beep follows the disk: a scan that beeped is a scan that counts.
    """
    kept = 0
    for line in lines:
        if not line.strip():
            continue
        moment = now()
        try:
            scan = capture(
                line,
                step=shift.step,
                event_id=build_event_id(moment, os.urandom(10)),
                event_time=moment.astimezone(),
                operator=shift.operator,
            )
            outbox.put(shift.post, scan)
        except (NotAWaybill, OutboxError) as error:
            say(f"✗ {error}")
            continue
        kept += 1
        say(f"{BEEP if sys.stdout.isatty() else ''}✓ {scan.waybill_no} {shift.step}")
    return kept
