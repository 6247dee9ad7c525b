"""The crowd (寄件人群): acceptances in a row, one in twenty bad, each bad in the next of all known ways."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from scanners.identity.presented import Acceptance
from tracker.wire.agreements import Agreement, AgreementList
from tracker.wire.self_service import SelfServiceDevice, SelfServiceList
from tracker.wire.signature import SigningKey
from web.bench.gate.bad_ways import WAYS
from web.bench.gate.people import (
    CARRIER,
    KIOSK,
    NOW,
    TODAY,
    acceptance,
    as_letter,
    of_an_agreement,
    of_an_organisation,
    other_document,
    preverified,
    resident_card,
    resident_number,
)

ONE_BAD_IN = 20
CUSTOMER = "重庆渝州商贸有限公司"
RETIRED_REGIONS = ("110103", "310103", "510202")  # 崇文区, 卢湾区, 四川的重庆市中区: no more, and on cards for life
LEAP_DAYS = tuple(date(year, 2, 29) for year in (1956, 1984, 2000, 2004))


@dataclass(frozen=True, slots=True)
class Brought:
    """One acceptance as it is brought; `way` names how it is bad and `reason` what must be said, None for a good one.

    `photograph` is what was taken of the contents.
    """

    given: Acceptance
    way: str | None = None
    reason: str | None = None
    photograph: bytes | None = None


def draw_crowd(number: int, *, seed: int) -> Iterator[Brought]:
    """So many in a row; the same for the same seed. Bad photographs are among the ways here: no gate looks at them."""
    random, ways = Random(seed), [*WAYS, *BAD_PHOTOGRAPHS]
    for place in range(number):
        if place % ONE_BAD_IN:
            yield Brought(draw_good(random))
            continue
        way = ways[place // ONE_BAD_IN % len(ways)]
        if way in BAD_PHOTOGRAPHS:
            yield Brought(draw_good(random), way, "not_an_image", BAD_PHOTOGRAPHS[way])
        else:
            reason, spoil = WAYS[way]
            yield Brought(spoil(random), way, reason)


BAD_PHOTOGRAPHS = {
    "a photograph of 40 MB": b"\xff\xd8\xff" + bytes(40_000_000),
    "a photograph that is a page": b"<script>alert(1)</script>",
}


def draw_good(random: Random) -> Acceptance:
    """One that must be taken, of every kind there is."""
    base = acceptance(random, resident_card(random))
    match random.randrange(12):
        case 0:
            return acceptance(random, other_document(random))
        case 1:
            return of_an_organisation(random, base)
        case 2:
            return of_an_agreement(base, random.choice(("GOOD-1", "LAST-DAY")), CUSTOMER)
        case 3:
            return as_letter(base)
        case 4:
            return preverified(random, base)
        case 5:
            return acceptance(random, resident_card(random, birth=random.choice(LEAP_DAYS)))
        case 6:
            birth = date(random.randint(1950, 1990), 6, 1)
            number = resident_number(random, birth, region=random.choice(RETIRED_REGIONS))
            return acceptance(random, resident_card(random, birth=birth, number=number))
        case _:
            return base


def list_agreements(age: timedelta = timedelta(days=1)) -> AgreementList:
    """The carrier's agreements, good and bad, as the tracker told them so long ago."""
    agreements = [
        _agreement("GOOD-1"),
        _agreement("LAST-DAY", end=0),
        _agreement("PAST-1", end=-1),
        _agreement("AHEAD-1", start=1),
        _agreement("ENDED-1", ended=TODAY),
        _agreement("OTHER-1", "EVENWAY"),
    ]
    return AgreementList(1, CARRIER, NOW - age, agreements)


def list_devices(age: timedelta = timedelta(days=1)) -> SelfServiceList:
    """The carrier's self-service devices, as the tracker told them so long ago."""
    key = SigningKey.from_private(KIOSK).verifying.to_jwk()
    return SelfServiceList(1, CARRIER, NOW - age, [SelfServiceDevice("BENCH-1", "KIOSK-1", key)])


def _agreement(
    number: str, carrier: str = CARRIER, *, ended: date | None = None, start: int = -300, end: int = 60
) -> Agreement:
    days = (TODAY + timedelta(days=start), TODAY + timedelta(days=end))
    return Agreement(carrier, number, CUSTOMER, "91110000600037341L", *days, ended)
