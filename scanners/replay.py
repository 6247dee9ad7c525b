"""Replay (回放): rows of a file become events that go the whole way, through a gateway's outbox and its receipts."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from scanners.outbox import Outbox, Put
from scanners.publisher import Publisher, Sent
from scanners.replay_file import ReplayRow, UnreadableRow

CHUNK = 500
REPORTED_MOST = 1_000  # unreadable and refused rows that are named; all are counted


class ReplayStalled(RuntimeError):
    """No receipt came for too long; what was read stays in the outbox and is sent by the next replay."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that could be read and will never be recorded."""

    line: int
    event_id: str
    code: str
    reason: str


@dataclass(slots=True)
class ReplayReport:
    """What became of a file's rows: every readable one is recorded now, known before, or refused."""

    rows: int = 0
    recorded: int = 0
    refused: int = 0
    unreadable: int = 0
    unreadable_rows: list[UnreadableRow] = field(default_factory=list)
    refused_rows: list[RefusedRow] = field(default_factory=list)
    complete: bool = False  # every readable row has its receipt

    @property
    def known(self) -> int:
        return self.rows - self.unreadable - self.recorded - self.refused


@dataclass(slots=True)
class Replay:
    """One run over one file. `stalled_after` are the seconds without any receipt that end it."""

    outbox: Outbox
    publisher: Publisher
    stalled_after: float = 300.0
    progress: Callable[[int, int], None] = lambda read, waiting: None
    report: ReplayReport = field(default_factory=ReplayReport)
    _lines: dict[UUID, int] = field(default_factory=dict)
    _run: int = 0

    def run(self, rows: Iterable[ReplayRow | UnreadableRow]) -> ReplayReport:
        """Put every row into the outbox, sent again where it was sent before, and wait for the receipts of this run.

        What an earlier run left is sent too, and not waited for. Raises ReplayStalled.
        """
        self._run = self.outbox.begin_run()
        for chunk in _chunks(rows):
            self._put(chunk)
            self.publisher.wake()
            self.progress(self.report.rows, self.outbox.waiting(run=self._run))
        self._drain()
        self._name_refused()
        with self.publisher.settling:
            recorded = self.publisher.sent_by_run.get(self._run, Sent()).recorded
        self.report.recorded = min(recorded, self.report.rows - self.report.unreadable - self.report.refused)
        self.report.complete = True
        return self.report

    def _put(self, chunk: list[ReplayRow | UnreadableRow]) -> None:
        readable = [row for row in chunk if isinstance(row, ReplayRow)]
        for row in chunk:
            if isinstance(row, UnreadableRow):
                self.report.unreadable += 1
                if len(self.report.unreadable_rows) < REPORTED_MOST:
                    self.report.unreadable_rows.append(row)
        self.report.rows += len(chunk)
        fates = self.outbox.put_many(((row.post, row.scan) for row in readable), run=self._run)
        for row, fate in zip(readable, fates, strict=True):
            if fate is Put.TAKEN:
                self._refuse(row.line, row.scan.event_id, "event_id_reused", "another row has this event_id")
            elif fate is Put.KNOWN and (refusal := self.outbox.refusal_of(row.scan.event_id)) is not None:
                self._refuse(row.line, row.scan.event_id, refusal.code, refusal.reason)
            else:
                self._lines[row.scan.event_id] = row.line

    def _refuse(self, line: int, event_id: UUID, code: str, reason: str) -> None:
        self.report.refused += 1
        if len(self.report.refused_rows) < REPORTED_MOST:
            self.report.refused_rows.append(RefusedRow(line, str(event_id), code, reason))

    def _name_refused(self) -> None:
        for refusal in self.outbox.find_refused():
            if refusal.event_id in self._lines:
                self._refuse(self._lines[refusal.event_id], refusal.event_id, refusal.code, refusal.reason)

    def _drain(self) -> None:
        """Wait until nothing of this run waits for a receipt."""
        waiting, since = self.outbox.waiting(run=self._run), time.monotonic()
        while waiting:
            time.sleep(0.05)
            left = self.outbox.waiting(run=self._run)
            if left != waiting:
                waiting, since = left, time.monotonic()
                self.progress(self.report.rows, waiting)
            elif time.monotonic() - since > self.stalled_after:
                raise ReplayStalled(
                    f"no receipt for {self.stalled_after:.0f} s; {waiting} events are kept and go with the next replay"
                )


def _chunks(rows: Iterable[ReplayRow | UnreadableRow]) -> Iterator[list[ReplayRow | UnreadableRow]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
