"""Intake's bounds (入库界限): what one device may ask of the store, so that it slows intake for nobody else."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from tracker.wire.details import LOCAL

FIRST_DAY = date(2015, 1, 1)
WAYBILL_EVENTS = 1_000  # a late scan or a correction folds them all anew in the recording transaction: about 70 ms


@dataclass(frozen=True, slots=True)
class IntakeBounds:
    """Events before `first_day` (a local day) are rejected: each month of events has a partition in PostgreSQL.

    Of one waybill at most `waybill_events` are recorded; a correction may be counted up to three times.
    """

    first_day: date = FIRST_DAY
    waybill_events: int = WAYBILL_EVENTS

    @property
    def first_moment(self) -> datetime:
        """When that day began, in UTC."""
        return datetime.combine(self.first_day, time(), tzinfo=LOCAL).astimezone(UTC)


DEFAULT_BOUNDS = IntakeBounds()
