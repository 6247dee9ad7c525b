"""A month (月份): the part of the log that is kept, archived and dropped together, by the time in each event's id."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from tracker.wire.event_ids import milliseconds_of, time_of

_WRITTEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC."""

    year: int
    month: int

    @staticmethod
    def parse(text: str) -> "Month":
        """From 2025-01. Raises ValueError for anything else."""
        written = _WRITTEN.fullmatch(text)
        if written is None or written[1] == "0000":
            raise ValueError(f"{text!r} is no month: write YYYY-MM")
        return Month(int(written[1]), int(written[2]))

    @staticmethod
    def of(event_id: UUID) -> "Month":
        """The month in which an event is kept."""
        return Month.at(time_of(event_id))

    @staticmethod
    def at(moment: datetime) -> "Month":
        """The month of a moment."""
        utc = moment.astimezone(UTC)
        return Month(utc.year, utc.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    def plus(self, months: int) -> "Month":
        """So many months later."""
        count = self.year * 12 + self.month - 1 + months
        return Month(count // 12, count % 12 + 1)

    @property
    def partition(self) -> str:
        """The table that holds it on PostgreSQL."""
        return f"event_{self.year:04}_{self.month:02}"

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def first_id(self) -> UUID:
        """The smallest UUID of the month: its 48 bits of time, nothing after."""
        return UUID(int=milliseconds_of(self.start) << 80)

    @property
    def ids(self) -> tuple[UUID, UUID]:
        """Every id of the month is at or above the first and below the second."""
        return self.first_id, self.plus(1).first_id
