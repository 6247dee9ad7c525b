"""Numbering (编号): which parcels there are on which day, who carries them and what their waybills say.

Every parcel of all time has a number, and a number decides everything about its parcel. So a later `now` shows more
of the same world and changes nothing in what was seen before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from scanners.simulator.fleet import Fleet, SimCarrier
from scanners.simulator.times import LOCAL_OFFSET, order_time

DAYS = 30
SMALL_CARRIER = "SMALLTOWN"
SMALL_CARRIER_PARCELS = 20  # in 30 days, whatever the size of the fleet: too few for a rank
SMALL_CARRIER_SPACING = 50  # and never more than one parcel in 50
_DIGITS = 10**12
_STRIDE = 718_281_828_459  # coprime to 10**12, so that no two numbers share a waybill


@dataclass(frozen=True, slots=True)
class World:
    """One seed's parcels, `parcels` of them in any 30 days."""

    fleet: Fleet
    seed: int
    parcels: int

    def random_of(self, purpose: object) -> Random:
        """Chance for one purpose, the same every time."""
        return Random(f"{self.seed}/{self.parcels}/{purpose}")

    def orders_until(self, now: datetime) -> Iterator[tuple[int, datetime]]:
        """Numbers and times of the orders of the last 30 local days, today's up to `now`, in order of time."""
        today = now.astimezone(LOCAL_OFFSET).date()
        for days_ago in reversed(range(DAYS)):
            for number, ordered_at in self._orders_of(today - timedelta(days=days_ago)):
                if ordered_at > now:
                    return
                yield number, ordered_at

    def carrier_of(self, number: int) -> SimCarrier:
        """The carrier of a parcel, by market share; the small one gets every so many-th parcel."""
        spacing = max(SMALL_CARRIER_SPACING, -(-self.parcels // SMALL_CARRIER_PARCELS))
        if number % spacing == 0:
            return next(carrier for carrier in self.fleet.carriers if carrier.code == SMALL_CARRIER)
        weights = [carrier.weight for carrier in self.fleet.carriers]
        return self.random_of(f"{number}/carrier").choices(self.fleet.carriers, weights)[0]

    def waybill_of(self, number: int, carrier: SimCarrier, offset: int) -> str:
        """An invented prefix and 12 digits."""
        return f"{carrier.prefix}{(number * _STRIDE + offset) % _DIGITS:012}"

    def waybill_offset(self) -> int:
        """What sets one world's waybills apart from another's."""
        return self.random_of("waybills").randrange(_DIGITS)

    def _orders_of(self, day: date) -> Iterator[tuple[int, datetime]]:
        first = day.toordinal() * self.parcels // DAYS
        count = (day.toordinal() + 1) * self.parcels // DAYS - first
        random = self.random_of(day)
        for place in range(count):
            yield first + place, order_time(day, (place + random.random()) / count)
