"""The lease (租约): who does the job that only one may do, judged by nobody's wall clock. Pure.

The database holds a row for each job. Its holder moves the `beat`; a candidate that has seen nothing move for a whole
term, by its own monotonic clock, may take the lease and raises the fencing `number`. The holder believes in its lease
for one term from the beginning of its last renewal, which is before any candidate can have seen that renewal: so it
stops before another begins, while both clocks run at one speed. What it writes carries the number and is refused where
the number has grown, whatever any clock said.
"""

from dataclasses import dataclass

BEATS = 5  # renewals in a term: four may fail


class LeaseLost(RuntimeError):
    """Another may hold the lease by now: do nothing more under it, and stand again."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What the database says; without a holder it is free."""

    number: int = 0
    holder: str | None = None
    beat: int = 0


@dataclass(slots=True)
class Watch:
    """A candidate's eye on a lease: what it saw last, and since when. `term` in seconds."""

    term: float
    _seen: Lease | None = None
    _since: float = 0.0

    def is_over(self, seen: Lease, now: float) -> bool:
        """Whether this lease may be taken: it is free, or it has not moved for a term."""
        if seen != self._seen:
            self._seen, self._since = seen, now
        return seen.holder is None or now - self._since >= self.term


@dataclass(slots=True)
class Tenure:
    """The holder's side: its fencing number, and when its last renewal began."""

    number: int
    term: float
    renewed: float

    def holds(self, now: float) -> bool:
        """Whether nobody else can have taken the lease yet."""
        return now < self.until

    @property
    def until(self) -> float:
        return self.renewed + self.term

    def is_due(self, now: float) -> bool:
        """Whether it is time for the next beat."""
        return now - self.renewed >= self.term / BEATS

    def extend(self, began: float) -> None:
        """A renewal that began then is committed."""
        self.renewed = max(self.renewed, began)
