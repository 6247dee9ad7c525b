"""A journey (全程): everything that truly happens to one parcel, from the order to its end."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from scanners.simulator.fleet import Fleet, SimStation
from scanners.simulator.last_mile import build_last_mile
from scanners.simulator.parcels import SimParcel
from scanners.simulator.road import NO_DETAILS, Happening, drive, route_of
from scanners.simulator.times import draw_hours, hours, move_to_daytime, next_morning
from tracker.wire.details import ReasonDetails, ReturnedDetails
from tracker.wire.steps import Step

SHORTEST_HOURS = 14.0
REFUSED = 0.012  # recipients who send it back, whoever the carrier is
FOUND_AGAIN = 0.1  # of the parcels reported lost
DESTROYED = 0.1  # of the parcels damaged
_DAMAGES = ("crushed", "wet", "torn")


@dataclass(frozen=True, slots=True)
class Journey:
    """What truly happens; `lost_at` is set for a parcel that nobody ever sees again.

    `appealed`: somebody appeals to the postal authority about it; `appeal_upheld`: and the carrier is to blame.
    """

    parcel: SimParcel
    happenings: tuple[Happening, ...]
    lost_at: datetime | None = None
    appealed: bool = False
    appeal_upheld: bool = False

    def time_of(self, step: Step) -> datetime | None:
        """When a step first truly happened."""
        return next((happening.time for happening in self.happenings if happening.step is step), None)


def build_journey(fleet: Fleet, parcel: SimParcel, random: Random) -> Journey:
    """The whole journey, of which `now` may show a part."""
    quality = parcel.carrier.quality
    total = max(SHORTEST_HOURS, draw_hours(random, pace=quality.pace, slow=quality.slow))
    end = move_to_daytime(parcel.accepted_at + hours(total), random)
    refused = random.random() < REFUSED
    mile = build_last_mile(parcel, start=parcel.accepted_at, end=end, refused=refused, random=random)
    route = route_of(fleet, parcel.origin, parcel.destination)
    road = list(drive(route, quality=quality, start=parcel.accepted_at, end=mile[0].time, random=random))
    happenings = [*_build_start(parcel, random), *road, *mile]
    if refused:
        happenings += _return(parcel, route, mile[-1].time, random)
    journey = Journey(parcel, tuple(happenings))
    return _appeal(_lose(_damage(journey, random), random), random)


def _build_start(parcel: SimParcel, random: Random) -> Iterator[Happening]:
    if parcel.announced is not None:
        yield Happening(Step.ANNOUNCED, parcel.ordered_at, parcel.origin, parcel.announced)
    yield Happening(
        Step.ACCEPTED,
        parcel.accepted_at,
        parcel.origin,
        parcel.accepted,
        operator=random.choice(parcel.origin.couriers),
        outside=parcel.announced is not None,
    )


def _return(parcel: SimParcel, route: list[SimStation], refused_at: datetime, random: Random) -> Iterator[Happening]:
    """The way back to the sender, at the ordinary pace."""
    start = refused_at + hours(random.uniform(1, 4))
    end = start + hours(random.uniform(30, 44))
    yield Happening(Step.RETURNING, start, parcel.destination)
    road = drive(route[::-1], quality=parcel.carrier.quality, start=start, end=end, random=random)
    yield from (happening for happening in road if happening.step is not Step.SCREENED)
    courier = random.choice(parcel.origin.couriers)
    signed = ReturnedDetails(signer="self")
    handed_back = move_to_daytime(end + hours(random.uniform(1, 6)), random)
    returned_at = max(handed_back, end + hours(0.5))
    yield Happening(Step.RETURNED, returned_at, parcel.origin, signed, courier, outside=True)


def _damage(journey: Journey, random: Random) -> Journey:
    """Perhaps the parcel is found damaged when a bag is opened, and perhaps nothing is left to deliver."""
    damaged, destroyed = random.random() < journey.parcel.carrier.quality.damaged, random.random() < DESTROYED
    reason = ReasonDetails(reason=random.choice(_DAMAGES))
    opened = [place for place, happening in enumerate(journey.happenings) if happening.step is Step.UNBAGGED]
    if not damaged or not opened:
        return journey
    place = random.choice(opened)
    bag = journey.happenings[place]
    seen = replace(bag, step=Step.DAMAGED, time=bag.time + hours(0.1), details=reason)
    rest = journey.happenings[place + 1 :]
    if destroyed:
        rest = (replace(bag, step=Step.DESTROYED, time=bag.time + hours(random.uniform(3, 20)), details=NO_DETAILS),)
    return replace(journey, happenings=(*journey.happenings[: place + 1], seen, *rest))


def _lose(journey: Journey, random: Random) -> Journey:
    """Perhaps the parcel vanishes on the road; the carrier may say so days later, and may even find it again."""
    quality = journey.parcel.carrier.quality
    lost, told = random.random() < quality.lost, random.random() < quality.loss_told
    on_the_road = [
        place
        for place, happening in enumerate(journey.happenings)
        if happening.step in (Step.DEPARTED, Step.ARRIVED, Step.BAGGED, Step.OUT_FOR_DELIVERY)
    ]
    if not lost or not on_the_road or journey.time_of(Step.DESTROYED) is not None:
        return journey
    place = random.choice(on_the_road)
    last = journey.happenings[place]
    kept, lost_at = journey.happenings[: place + 1], last.time + hours(random.uniform(0.5, 4))
    if not told:
        return replace(journey, happenings=kept, lost_at=lost_at)
    reported_at = lost_at + hours(random.uniform(60, 160))
    report = Happening(Step.LOST, reported_at, last.station, ReasonDetails(reason="not_found"))
    if random.random() >= FOUND_AGAIN:
        return replace(journey, happenings=(*kept, report), lost_at=lost_at)
    return replace(journey, happenings=(*kept, report, *_find_again(journey.parcel, reported_at, random)))


def _appeal(journey: Journey, random: Random) -> Journey:
    """Perhaps somebody appeals; so seldom that a small fleet sees none."""
    quality = journey.parcel.carrier.quality
    appealed, upheld = random.random() < quality.appealed, random.random() < quality.appeal_upheld
    return replace(journey, appealed=appealed, appeal_upheld=appealed and upheld)


def _find_again(parcel: SimParcel, reported_at: datetime, random: Random) -> Iterator[Happening]:
    start = reported_at + hours(random.uniform(12, 48))
    yield Happening(Step.ARRIVED, start, parcel.destination)
    end = next_morning(start, random) + hours(8)
    yield from build_last_mile(parcel, start=start, end=end, refused=False, random=random)
