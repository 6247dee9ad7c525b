"""The road (干线): from the origin station through the carrier's hubs to the destination, as things truly happen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from random import Random

from scanners.simulator.fleet import Fleet, SimStation, distance_km
from scanners.simulator.quality import Quality
from scanners.simulator.times import LOCAL_OFFSET, hours
from tracker.wire.details import ArrivedDetails, BagDetails, DepartedDetails, Details, ReasonDetails, ScreenedDetails
from tracker.wire.steps import Step

ROAD_KM_PER_HOUR = 70.0
DETOUR = 1.25  # road kilometres a kilometre as the crow flies
LONGEST_LEG = 18.0  # hours; what is farther flies
LONGEST_STATION_STAY = 18.0
ORIGIN_SHARE, DESTINATION_SHARE = 0.178, 0.232  # of the way to the door: 7.8 h and 9.6 h in the middle, as in 2023
LONG_WAIT = 22.0  # hours in a hub after which staff ought to scan the parcel as held
NO_DETAILS = Details()
_WAIT_REASONS = ("sorting_backlog", "missed_truck", "weather")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that truly happens to a parcel at a station; whether anybody scans it is another matter."""

    step: Step
    time: datetime
    station: SimStation
    details: Details = NO_DETAILS
    operator: str | None = None
    outside: bool = False  # at somebody's door and not at the station


def route_of(fleet: Fleet, origin: SimStation, destination: SimStation) -> list[SimStation]:
    """The stations a parcel passes: origin, one or two hubs, destination."""
    return list(dict.fromkeys([origin, fleet.hub_of(origin), fleet.hub_of(destination), destination]))


def drive(
    route: list[SimStation], *, quality: Quality, start: datetime, end: datetime, random: Random
) -> Iterator[Happening]:
    """Everything on the way from `start` (in the first station's hands) to `end` (ready in the last one's)."""
    total = (end - start) / hours(1)
    first = min(LONGEST_STATION_STAY, ORIGIN_SHARE * total * random.uniform(0.7, 1.3))
    last = min(LONGEST_STATION_STAY, DESTINATION_SHARE * total * random.uniform(0.7, 1.3))
    legs, stays = _plan_legs(route, total - first - last, random)
    yield from _process_at_origin(route[0], route[1], start, first, quality=quality, random=random)
    moment = start + hours(first)
    for place, (here, there) in enumerate(pairwise(route)):
        yield Happening(Step.DEPARTED, moment, here, _departure(here, there, moment))
        moment += hours(legs[place])
        yield Happening(Step.ARRIVED, moment, there, ArrivedDetails(from_station=here.code))
        if place < len(stays):
            yield from _stay(there, route[place + 2], moment, stays[place], quality=quality, random=random)
            moment += hours(stays[place])


def _plan_legs(route: list[SimStation], total: float, random: Random) -> tuple[list[float], list[float]]:
    """Hours on each leg, and hours in each hub, `total` together."""
    legs = [min(LONGEST_LEG, 0.4 + distance_km(*pair) * DETOUR / ROAD_KM_PER_HOUR) for pair in pairwise(route)]
    squeeze = min(1.0, 0.8 * total / sum(legs))
    legs = [leg * squeeze for leg in legs]
    shares = [random.uniform(0.5, 1.5) for _ in route[1:-1]]
    waiting = total - sum(legs)
    return legs, [waiting * share / sum(shares) for share in shares]


def _process_at_origin(
    here: SimStation, there: SimStation, start: datetime, stay: float, *, quality: Quality, random: Random
) -> Iterator[Happening]:
    if random.random() >= quality.screening_skipped:
        lane = ScreenedDetails(lane=f"X{random.randint(1, 3)}", result="passed")
        yield Happening(Step.SCREENED, start + hours(stay * random.uniform(0.3, 0.5)), here, lane)
    bagged = start + hours(stay * random.uniform(0.6, 0.9))
    yield Happening(Step.BAGGED, bagged, here, BagDetails(bag_no=_bag_no(here, there, bagged)))


def _stay(
    hub: SimStation, there: SimStation, arrived: datetime, stay: float, *, quality: Quality, random: Random
) -> Iterator[Happening]:
    """Out of one bag, a wait, into the next."""
    yield Happening(Step.UNBAGGED, arrived + hours(min(1.5, stay * random.uniform(0.1, 0.3))), hub)
    told, reason = random.random() < quality.delay_told, random.choice(_WAIT_REASONS)
    if stay > LONG_WAIT and told:
        yield Happening(Step.HELD, arrived + hours(random.uniform(4, 12)), hub, ReasonDetails(reason=reason))
    bagged = arrived + hours(stay) - hours(min(1.0, stay * random.uniform(0.1, 0.3)))
    yield Happening(Step.BAGGED, bagged, hub, BagDetails(bag_no=_bag_no(hub, there, bagged)))


def _departure(here: SimStation, there: SimStation, moment: datetime) -> DepartedDetails:
    local = moment.astimezone(LOCAL_OFFSET)
    return DepartedDetails(next_station=there.code, vehicle=f"{here.code}-V{local.day % 4 + 1}")


def _bag_no(here: SimStation, there: SimStation, moment: datetime) -> str:
    """One bag a destination and half day."""
    local = moment.astimezone(LOCAL_OFFSET)
    return f"{here.code}-{there.code}-{local:%y%m%d}{'A' if local.hour < 12 else 'B'}"
