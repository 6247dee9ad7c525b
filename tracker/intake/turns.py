"""Turns (主备轮值): of several trackers on one store one records, the others wait for the lease."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Protocol

import structlog
from sqlmodel import Session

from tracker.store.candidate import Candidate
from tracker.store.lease import LeaseLost

log = structlog.get_logger()

STOP_KEEPING = 5.0  # seconds


class Turn(Protocol):
    """Whose turn it is to record."""

    def holds(self) -> bool:
        """Whether it is ours, by our own clock."""

    def until(self) -> float:
        """How long it stays ours if nothing renews it, on the machine's monotonic clock."""

    def check(self) -> None:
        """Raises LeaseLost where another may record by now."""

    def confirm(self, session: Session, fence: int) -> None:
        """The same in the recording transaction, by the fence of the log's head."""


class Everybodys:
    """No turns: workers that share the work, or a tracker that knows itself alone."""

    def holds(self) -> bool:
        return True

    def until(self) -> float:
        return float("inf")

    def check(self) -> None: ...
    def confirm(self, session: Session, fence: int) -> None: ...


def record_in_turns(candidate: Candidate, record: Callable[[], None], *, stop: Event) -> None:
    """Wait for the lease, `record` while it is held, wait again, until `stop` is set; then give it back."""
    waiting = False
    try:
        while not stop.is_set():
            if candidate.stand():
                waiting = False
                with _keeping(candidate):
                    _record_once(record)
                continue
            if not waiting:
                log.info("standing_by", job=candidate.job)
                waiting = True
            stop.wait(candidate.pause)
    finally:
        candidate.resign()


def _record_once(record: Callable[[], None]) -> None:
    try:
        record()
    except LeaseLost as error:
        log.warning("lease_lost", reason=str(error))


@contextmanager
def _keeping(candidate: Candidate) -> Iterator[None]:
    """Renew the lease on a thread of its own while the block runs: recording may take its time."""
    done = Event()

    def keep() -> None:
        while not done.wait(candidate.pause) and candidate.keep():
            pass

    keeper = Thread(target=keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join(STOP_KEEPING)  # it may wait for a database that is away; a daemon ends with the process
