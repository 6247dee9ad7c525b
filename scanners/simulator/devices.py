"""Devices (终端) of the fleet: what becomes of true happenings in scanners that err, run ahead and lose the network."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from scanners.simulator.fleet import SimStation
from scanners.simulator.numbering import World
from scanners.simulator.quality import Quality
from scanners.simulator.times import LOCAL_OFFSET, at_hour, hours

LONGEST_OUTAGE_HOURS = 10.0
MOST_MINUTES_AHEAD = 40.0


@dataclass(slots=True)
class Devices:
    """The clocks and the networks of all stations, the same every time for the same world."""

    world: World
    _ahead: dict[tuple[str, date], timedelta] = field(default_factory=dict)
    _outages: dict[tuple[str, date], tuple[datetime, datetime] | None] = field(default_factory=dict)

    def clock_of(self, station: SimStation, quality: Quality, moment: datetime) -> datetime:
        """What the station's device shows at a true moment: that moment, or some minutes ahead all day."""
        key = (station.code, moment.astimezone(LOCAL_OFFSET).date())
        if key not in self._ahead:
            self._ahead[key] = _draw_ahead(quality, self._random_of("clock", key))
        return moment + self._ahead[key]

    def online_from(self, station: SimStation, quality: Quality, moment: datetime) -> datetime:
        """The first moment from `moment` on at which the station's network is up."""
        day = moment.astimezone(LOCAL_OFFSET).date()
        for key in ((station.code, day - timedelta(days=1)), (station.code, day)):
            if key not in self._outages:
                self._outages[key] = _draw_outage(quality, key[1], self._random_of("outage", key))
            outage = self._outages[key]
            if outage is not None and outage[0] <= moment < outage[1]:
                moment = outage[1]
        return moment

    def _random_of(self, purpose: str, key: tuple[str, date]) -> Random:
        return self.world.random_of(f"{purpose}/{key[0]}/{key[1]}")


def _draw_ahead(quality: Quality, random: Random) -> timedelta:
    if random.random() >= quality.clock_ahead:
        return timedelta()
    return timedelta(minutes=random.uniform(2, MOST_MINUTES_AHEAD))


def _draw_outage(quality: Quality, day: date, random: Random) -> tuple[datetime, datetime] | None:
    if random.random() >= quality.offline:
        return None
    start = at_hour(day, random.uniform(6, 20))
    return start, start + hours(random.uniform(0.5, LONGEST_OUTAGE_HOURS))
