"""The scope (评价范围): which parcels an assessment looks at, and as of when."""

from dataclasses import dataclass
from datetime import datetime

from credit_scoring.evidence.window import Window, close_of


@dataclass(frozen=True, slots=True)
class Scope:
    """Parcels accepted in `window` with their origin in `division` (None: nationwide), judged at `as_of` (aware)."""

    window: Window
    division: str | None
    as_of: datetime

    @property
    def recorded_until(self) -> datetime:
        """What was recorded later does not count: `as_of`, or the close of the year in which the window lies.

        国邮发〔2017〕105号 第十九条: a year's records close with 15 February of the next.
        """
        first, last = self.window.from_date, self.window.last_day
        return min(self.as_of, close_of(first.year)) if first.year == last.year else self.as_of
