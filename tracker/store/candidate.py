"""A candidate (候选者): one of several processes that stand for the same job, of which one does it at a time."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from tracker.store.database import reading, transaction
from tracker.store.eviction import evict, is_locked_out
from tracker.store.holder import is_gone, own_name
from tracker.store.lease import Lease, LeaseLost, Tenure, Watch
from tracker.store.lease_store import free_lease, lease_of, renew_lease, take_lease

log = structlog.get_logger()

PATIENCE = 1.0  # seconds to wait for another's lock: a beat that comes too late is none


@dataclass(slots=True)
class Candidate:
    """Stands for the lease of `job`; `term` and `clock` are seconds, the clock monotonic.

    `on_taken` runs in the transaction that takes the lease, with its number: the place to fence what it guards.
    """

    engine: Engine
    job: str
    term: float
    clock: Callable[[], float] = time.monotonic
    holder: str = field(default_factory=own_name)
    on_taken: Callable[[Session, int], None] = lambda _session, _number: None
    on_look: Callable[[bool], None] = lambda _answered: None  # while it stands by: whether the database answered
    _tenure: Tenure | None = None
    _fence: int | None = None  # the number taken last: nobody has taken the lease since while the log bears it
    _watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self._watch = Watch(self.term)

    @property
    def pause(self) -> float:
        """Seconds between two calls of `stand`."""
        return self.term / 10

    @property
    def number(self) -> int:
        """The fencing number of the lease in hand; 0 without one."""
        return self._tenure.number if self._tenure else 0

    def stand(self) -> bool:
        """Become, or stay, the holder; whether it is one now. Never raises for a database that is away."""
        if self._tenure is not None:
            return self.keep()
        self.on_look(self._reaches(self._try_to_take))
        return self.holds()

    def keep(self) -> bool:
        """Stay the holder; whether it is one still. One that is no more becomes none again by this."""
        self._reaches(self._renew)
        return self.holds()

    def holds(self) -> bool:
        """Whether the lease is ours by our own clock."""
        tenure = self._tenure
        return tenure is not None and tenure.holds(self.clock())

    def until(self) -> float:
        """The moment of our own clock until which nobody else can take the lease; the past without one."""
        tenure = self._tenure
        return tenure.until if tenure is not None else float("-inf")

    def check(self) -> None:
        """Raises LeaseLost where another may have the lease by now."""
        if not self.holds():
            raise LeaseLost(f"the lease of the {self.job} is not ours any more")

    def confirm(self, session: Session, fence: int) -> None:
        """In a transaction that holds the fenced lock: raises LeaseLost where `fence` is not our number.

        The fence decides, not our clock: a commit that outlasts the term, while it keeps our own beats waiting too,
        must come to its end. Renews the lease in passing where that is due.
        """
        if self._fence is None or fence != self._fence:
            raise LeaseLost(f"the lease of the {self.job} was taken by another")
        tenure, now = self._tenure, self.clock()
        if (tenure is None or tenure.is_due(now)) and renew_lease(session, self.job, fence):
            sa.event.listen(session, "after_commit", lambda _: self._extend(now), once=True)

    def resign(self) -> None:
        """Give the lease back, if it is held, so that the next one need not wait."""
        tenure, self._tenure, self._fence = self._tenure, None, None
        if tenure is not None:
            with suppress(DBAPIError), transaction(self.engine, patience=PATIENCE) as session:
                free_lease(session, self.job, tenure.number)

    def _extend(self, began: float) -> None:
        if self._tenure is not None:
            self._tenure.extend(began)
        elif self._fence is not None:
            self._tenure = Tenure(self._fence, self.term, began)

    def _reaches(self, use: Callable[[], None]) -> bool:
        try:
            use()
            return True
        except DBAPIError as error:
            log.info("lease_not_reached", job=self.job, kind=type(error).__name__)
            if self.engine.dialect.name == "sqlite":
                self.engine.dispose()  # it keeps to read-only what it opened while the disk was
            return False

    def _renew(self) -> None:
        tenure, now = self._tenure, self.clock()
        if tenure is None:
            return
        if not tenure.holds(now):
            self._tenure = None
        elif tenure.is_due(now):
            with transaction(self.engine, patience=PATIENCE) as session:
                renewed = renew_lease(session, self.job, tenure.number)
            if renewed:
                tenure.extend(now)
            else:
                self._tenure = None

    def _try_to_take(self) -> None:
        with reading(self.engine) as session:
            seen = lease_of(session, self.job)
        over = self._watch.is_over(seen, self.clock())
        if over or seen.holder is None or seen.holder == self.holder or is_gone(seen.holder):
            self._take(seen)

    def _take(self, seen: Lease) -> None:
        began = self.clock()
        try:
            with transaction(self.engine, patience=PATIENCE) as session:
                number = take_lease(session, self.job, seen=seen, holder=self.holder)
                if number is not None:
                    self.on_taken(session, number)
        except DBAPIError as error:
            if seen.holder not in (None, self.holder) and is_locked_out(error):
                evict(self.engine, seen.holder)
            raise
        if number is not None:
            self._tenure, self._fence = Tenure(number, self.term, began), number
            log.info("lease_taken", job=self.job, number=number, holder=self.holder)
