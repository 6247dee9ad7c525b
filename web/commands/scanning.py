"""The station command (收寄终端命令): standard input is the scanner."""

import io
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanners.capture import GateNeeded
from scanners.outbox import Outbox, OutboxDamaged
from scanners.publisher import Publisher
from scanners.reader import Quirks
from scanners.station import Shift, StepMissing, run_station
from tracker.wire.enrolment import Enrolment, read_enrolment
from tracker.wire.steps import Step
from tracker.wire.tls import certificate_end
from web.commands.connection import ConnectionWatch
from web.commands.running import Misused, find_broker_url, only_one
from web.settings import Settings

WARNED_BEFORE = timedelta(days=60)  # the end of the device's certificate


class NotAStation(ValueError):
    """The enrolment is none of a station's device; the message says which one is needed."""


def run_scanner(
    settings: Settings,
    enrolment_file: Path,
    *,
    step: Step | None,
    operator: str | None,
    outbox_file: Path | None,
    wait: float,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> int:
    """Scan until the input ends, report meanwhile, then wait for receipts; how many events have none yet.

    `say` hears of scans, a line each in their order; `warn` of the connection, at any time.
    """
    if step is Step.ACCEPTED:
        raise Misused(GateNeeded())
    with reporting(settings, enrolment_file, outbox_file, say=say, warn=warn) as place:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # a wedge's stray byte spoils its own line, not the shift
        try:
            quirks = scanner_quirks(settings)
            run_station(sys.stdin, place.outbox, shift=Shift(place.enrolment.post, step, operator, quirks), say=say)
        except StepMissing as error:
            raise Misused(error) from error
        left = wait_for_receipts(place.outbox, wait)
        for refusal in place.outbox.find_refused():
            say(f"✗ {refusal.event_id} {refusal.code}: {refusal.reason}")
        place.watch.stop(left=left)
        sent = place.publisher.sent
        mark = "✓" if sent.recorded or sent.known else "–"
        told = f"入库 recorded {sent.recorded} · 已有 known {sent.known} · 被拒 refused {sent.refused}"
        say(f"{mark} {told} · 待传 {left}")
        return left


@dataclass(frozen=True, slots=True)
class ReportingPlace:
    """A station at work: whose it is, what it keeps, and who reports it."""

    enrolment: Enrolment
    path: Path  # of the outbox
    outbox: Outbox
    publisher: Publisher
    watch: ConnectionWatch


@contextmanager
def reporting(
    settings: Settings,
    enrolment_file: Path,
    outbox_file: Path | None,
    *,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> Iterator[ReportingPlace]:
    """The device's outbox, this process' alone, and its publisher at work until the block ends.

    Raises NotAStation, NotAnEnrolment, InstallationError, OutboxDamaged, OSError.
    """
    enrolment = read_enrolment(enrolment_file)
    if enrolment.is_gateway:
        raise NotAStation(
            "这是网关的凭据，网点要用终端自己的 · "
            f"{enrolment_file} is a gateway's; a station needs its own device's: `jixin enrol`"
        )
    end = certificate_end(enrolment.broker)
    if end is not None and end < datetime.now(UTC) + WARNED_BEFORE:
        say(f"! 证书 {end:%Y-%m-%d} 到期，请重新入网 the certificate ends then: `jixin enrol` makes a new file")
    path = outbox_file or settings.data_dir / "outbox" / f"{enrolment.post.username.replace('/', '-')}.db"
    busy = f"此待传箱正被另一个网点程序使用 · another station uses {path}"
    with _naming_damage(), only_one(path.with_suffix(".lock"), busy):
        outbox = Outbox(path)
        publisher = Publisher(enrolment, outbox, broker_url=find_broker_url(settings))
        watch = ConnectionWatch(publisher, warn=warn)
        publisher.start()
        watch.start()
        try:
            yield ReportingPlace(enrolment, path, outbox, publisher, watch)
        finally:
            watch.stop()
            publisher.stop()
            outbox.close()


def scanner_quirks(settings: Settings) -> Quirks:
    """What this place's scanners type around each code."""
    return Quirks(settings.scanner_prefix or "", settings.scanner_suffix or "")


@contextmanager
def _naming_damage() -> Iterator[None]:
    """A file that cannot be read at the beginning or the end of a shift says what to do, as a scan does."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise OutboxDamaged(error) from error


def wait_for_receipts(outbox: Outbox, seconds: float) -> int:
    """Until every event has its receipt, or the time is up; how many have none."""
    deadline = time.monotonic() + seconds
    while (left := outbox.waiting()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left
