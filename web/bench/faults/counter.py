"""A counter under test (被试网点): the station program, its outbox, its synced list, and what is on its way."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from web.bench.faults.service import Service


@dataclass(frozen=True, slots=True)
class Promises:
    """What a list holds: every number that was scanned, and those whose beep was heard."""

    scanned: frozenset[str]
    beeped: frozenset[str]

    def since(self, earlier: "Promises") -> "Promises":
        """What came after."""
        return Promises(self.scanned - earlier.scanned, self.beeped - earlier.beeped)


@dataclass(slots=True)
class Counter:
    """One device at load. Its list lies beside the outbox's folder, not in it: paper does not run full."""

    enrolment: Path
    outbox: Path
    label: str
    rate: float
    broker_url: str
    resend_speed: float
    environment: dict[str, str]
    paper: Path
    is_scanning: bool = True
    clock_error: float = 0.0
    service: Service = field(init=False)

    def __post_init__(self) -> None:
        words = [
            sys.executable, "-m", "web.bench.faults.programs.station", str(self.enrolment), str(self.outbox),
            str(self.paper), self.label, str(self.rate), self.broker_url, str(self.resend_speed),
        ]  # fmt: skip
        log = self.paper.with_suffix(".log")
        self.service = Service(f"station {self.label}", words, self.environment, log, stdin=subprocess.PIPE)

    def start(self) -> None:
        """Start it, scanning where it was scanning when it ended."""
        self.service.start()
        self.set_clock(self.clock_error)
        if self.is_scanning:
            self.go()
        else:
            self.pause()

    def go(self) -> None:
        """Begin to scan."""
        self.is_scanning = True
        self._tell("go")

    def pause(self) -> None:
        """Scan no further once the counter is clear; what is in the outbox is sent."""
        self.is_scanning = False
        self._tell("pause")

    def set_clock(self, error: float) -> None:
        """Let the device's clock be off by so many seconds."""
        self.clock_error = error
        self._tell(f"clock {error}")

    @property
    def is_resting(self) -> bool:
        """Whether it has obeyed the pause: one that is still starting up has not, and will scan an armful more."""
        return self._lines()[-1:] == ["-"]

    @property
    def promises(self) -> Promises:
        """The list as it is on paper now."""
        lines = self._lines()
        return Promises(
            frozenset(line[2:] for line in lines if line.startswith("? ")),
            frozenset(line[2:] for line in lines if line.startswith("! ")),
        )

    @property
    def in_flight(self) -> int:
        """How many events it has handed over and has no receipt for."""
        return self._count("SELECT count(*) FROM entry WHERE batch_id IS NOT NULL AND receipted_at IS NULL")

    @property
    def waiting(self) -> int:
        """How many events have no receipt."""
        return self._count("SELECT count(*) FROM entry WHERE receipted_at IS NULL")

    @property
    def refused(self) -> int:
        """How many events it was told will never be taken."""
        return self._count("SELECT count(*) FROM refused")

    def _lines(self) -> list[str]:
        return self.paper.read_text().split("\n")[:-1] if self.paper.exists() else []

    def _count(self, query: str) -> int:
        try:
            with closing(sqlite3.connect(f"file:{self.outbox}?mode=ro", uri=True, timeout=30)) as database:
                row: tuple[Any, ...] = database.execute(query).fetchone()
        except sqlite3.OperationalError:  # not there yet
            return 0
        return int(row[0])

    def _tell(self, command: str) -> None:
        process = self.service.process
        if process is not None and process.stdin is not None and process.poll() is None:
            process.stdin.write(command + "\n")
            process.stdin.flush()
