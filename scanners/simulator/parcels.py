"""A simulated parcel (邮件快件) up to the counter: ordered, promised, looked at, accepted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from scanners.simulator.agreements import A_CARRIER, agreement_no_of
from scanners.simulator.fleet import SimCarrier, SimStation
from scanners.simulator.numbering import World
from scanners.simulator.products import draw_goods
from scanners.simulator.times import LOCAL_OFFSET, at_hour, hour_of, hours, next_morning
from tracker.wire.details import AcceptedDetails, AnnouncedDetails, Goods, Identity, Inspection
from tracker.wire.sealing import SALT_BYTES, PersonalContent, commitment_of

OVER_THE_COUNTER = 0.25  # brought to the station, never announced
WITH_GOODS = 0.2
AGREEMENT = 0.3  # senders with a safety agreement, exempt from showing a document
PROMISED_HOURS = 72
_DOCUMENTS = ("RESIDENT_ID", "RESIDENT_ID", "RESIDENT_ID", "HM_TRAVEL_PERMIT", "FOREIGN_PASSPORT")
_CATEGORIES = ("CLOTHING", "FOOD", "BOOKS", "ELECTRONICS", "HOUSEHOLD", "DOCUMENTS")
_PLATFORMS = ("SHOPONE", "SHOPTWO", "SHOPTHREE")


@dataclass(frozen=True, slots=True)
class SimParcel:
    """What is settled when the carrier takes a parcel. `announced` is None for one brought to the counter."""

    number: int
    waybill_no: str
    carrier: SimCarrier
    origin: SimStation
    destination: SimStation
    ordered_at: datetime
    accepted_at: datetime
    announced: AnnouncedDetails | None
    accepted: AcceptedDetails
    shown: PersonalContent | None = None  # the sender's document, where one was looked at


def build_parcel(world: World, number: int, ordered_at: datetime, *, waybill_offset: int, random: Random) -> SimParcel:
    """The parcel of a number, with everything about it that chance decides before the road."""
    carrier = world.carrier_of(number)
    stations = world.fleet.stations_of(carrier.code)
    (origin,) = random.choices(stations, [station.weight for station in stations])
    destination = random.choice([station for station in stations if station is not origin])
    window_end, announced = None, None
    if random.random() >= OVER_THE_COUNTER:
        window_end = _pickup_window_end(ordered_at)
        announced = AnnouncedDetails(
            order_ref=f"O{number}", platform=random.choice(_PLATFORMS), promised_at=window_end.isoformat()
        )
    accepted_at = _draw_acceptance(ordered_at, window_end, late=carrier.quality.pickup_late, random=random)
    identity, shown = _draw_identity(carrier, number, random)
    return SimParcel(
        number=number,
        waybill_no=world.waybill_of(number, carrier, waybill_offset),
        carrier=carrier,
        origin=origin,
        destination=destination,
        ordered_at=ordered_at,
        accepted_at=accepted_at,
        announced=announced,
        accepted=AcceptedDetails(
            identity=identity,
            inspection=_draw_inspection(carrier, random),
            weight_g=max(20, round(random.lognormvariate(6.5, 0.9))),
            goods=_draw_goods(world.seed, number, accepted_at, random),
            promised_at=_draw_promise(accepted_at, random),
            origin=origin.division,
            destination=destination.division,
        ),
        shown=shown,
    )


def _pickup_window_end(ordered_at: datetime) -> datetime:
    """The end of the next two-hour window: today until the evening, otherwise tomorrow morning."""
    day, hour = ordered_at.date(), hour_of(ordered_at)
    if hour >= 18:
        return at_hour(day + timedelta(days=1), 11)
    return at_hour(day, max(11, int(hour) + 3))


def _draw_acceptance(ordered_at: datetime, window_end: datetime | None, *, late: float, random: Random) -> datetime:
    if window_end is None:
        return ordered_at if 8 <= hour_of(ordered_at) < 20 else next_morning(ordered_at, random)
    if random.random() < late:
        moment = window_end + hours(0.05 + random.expovariate(0.8))
        return moment if hour_of(moment) < 21.5 else next_morning(moment, random)
    earliest = max(ordered_at + hours(0.1), window_end - hours(3))
    return earliest + (window_end - earliest) * random.uniform(0.02, 0.98)


def _draw_identity(carrier: SimCarrier, number: int, random: Random) -> tuple[Identity | None, PersonalContent | None]:
    """What the event says, and the document that it commits to, of a number that nobody's can be."""
    skipped, agreed = random.random() < carrier.quality.identity_skipped, random.random() < AGREEMENT
    salt = random.randbytes(SALT_BYTES)
    kind = random.choice(_DOCUMENTS)
    if agreed:
        agreement_no = agreement_no_of(carrier.prefix, random.randint(1, A_CARRIER))
        return Identity(exemption="AGREEMENT_CUSTOMER", agreement_no=agreement_no), None
    if skipped:
        return None, None
    shown = PersonalContent(salt=salt, document_kind=kind, document_number=f"SIMULATED-{number}")
    return Identity(kind=kind, checked=True, commitment=commitment_of(shown)), shown


def _draw_inspection(carrier: SimCarrier, random: Random) -> Inspection | None:
    skipped, category = random.random() < carrier.quality.inspection_skipped, random.choice(_CATEGORIES)
    return None if skipped else Inspection(result="PASSED", category=category, quantity=random.choice((1, 1, 1, 2, 3)))


def _draw_goods(seed: int, number: int, accepted_at: datetime, random: Random) -> list[Goods] | None:
    if random.random() >= WITH_GOODS:
        return None
    return draw_goods(seed, random, number=number, on=accepted_at.astimezone(LOCAL_OFFSET).date())


def _draw_promise(accepted_at: datetime, random: Random) -> str | None:
    """72 h to the minute, or the end of that day, or nothing said; alike for all carriers."""
    promised = (accepted_at + hours(PROMISED_HOURS)).astimezone(LOCAL_OFFSET).replace(second=0, microsecond=0)
    return random.choices((promised.isoformat(), promised.date().isoformat(), None), (70, 20, 10))[0]
