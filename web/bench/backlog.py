"""Backlog (积压): how much memory a tracker takes that comes back to more and more that waits at the broker."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from web.bench.faults.fault import MIB
from web.bench.faults.service import peak_memory
from web.bench.load import Load, write_load
from web.bench.postgres import PostgresServer
from web.bench.processes import BenchFailed, end, expect, run_tracker, say_to
from web.bench.rounds import load_broker, spawn_load
from web.bench.stores import enrol_all, scratch_store, watching_position
from web.settings import Settings

EVENTS_PER_MESSAGE = 20
PATIENCE = 900.0  # seconds


@dataclass(frozen=True, slots=True)
class Backlog:
    """What so many waiting events cost the tracker that took them in: the highest memory of both its processes."""

    events: int
    seconds: float
    tracker_mb: float


def run_backlog(sizes: Sequence[int], server: PostgresServer, *, say: Callable[[str], None]) -> list[Backlog]:
    """Let so many events pile up at a broker while no tracker runs, then start one. Raises BenchFailed."""
    found = []
    for events in sizes:
        with tempfile.TemporaryDirectory(prefix="jixin-bench-") as name:
            settings = Settings(data_dir=Path(name))
            say(f"{events:,}: signing")
            load = write_load(
                settings.data_dir, events=events, events_per_message=EVENTS_PER_MESSAGE, now=datetime.now(UTC)
            )
            with scratch_store("postgresql", settings.data_dir, server) as url:
                enrol_all(url, load.devices)
                found.append(_meet(settings, url, load, say))
    return found


def _meet(settings: Settings, url: str, load: Load, say: Callable[[str], None]) -> Backlog:
    with load_broker(settings) as broker, watching_position(url) as position:
        with run_tracker(settings, broker, url):
            pass  # it has spoken: from now on the broker keeps what comes
        say(f"{load.events:,}: piling up")
        program = spawn_load(settings, broker, load, load.events // EVENTS_PER_MESSAGE, rate=0)
        expect(program, "ready")
        say_to(program, "go")
        expect(program, "done")
        end(program)
        say(f"{load.events:,}: recording")
        started = time.monotonic()
        with run_tracker(settings, broker, url) as tracker:
            while position() < load.events:
                if tracker.poll() is not None or time.monotonic() - started > PATIENCE:
                    raise BenchFailed(f"the tracker recorded {position():,} of {load.events:,} waiting events")
                time.sleep(0.05)
            return Backlog(load.events, time.monotonic() - started, peak_memory(tracker.pid) / MIB)
