"""Parcels of the small world (测试邮件快件): one for each thing that a page must show."""

from datetime import timedelta

from tests.web.world import NOW, Told, World
from tracker.provenance.products import Product, save_product
from tracker.wire.details import (
    AcceptedDetails,
    AnnouncedDetails,
    Consent,
    DeliveredDetails,
    Goods,
    Identity,
    Inspection,
    ReasonDetails,
    ScreenedDetails,
    StoredDetails,
)
from tracker.wire.event import Correction, Position
from tracker.wire.steps import Step

DELIVERED = "QN1408223190755"
UNDER_WAY = "QN1408223190756"
OVERDUE = "QN1408223190757"
CORRECTED = "QN1408223190758"
LOST = "QN1408223190759"
IMPORTED = "LADE3781637"
ANNOUNCED = "QN1408223190760"
ODD = "QN1408223190761"
HANDED_OVER = "QN1408223190762"
LONGEST = "W" * 10 + "8" * 54
GTIN = "06901234567892"
LOT, SERIAL = "20260418-3", "K7QX/9M2T"


def hours_from_now(hours: float) -> str:
    return (NOW + timedelta(hours=hours)).isoformat()


def accepted(hours: float, *, promised: float | None, done: bool = True, goods: list[Goods] | None = None) -> Told:
    """An acceptance with its duties done, or with none of their marks."""
    details = AcceptedDetails(
        promised_at=None if promised is None else hours_from_now(promised),
        identity=Identity(kind="RESIDENT_ID", checked=True) if done else None,
        inspection=Inspection(result="PASSED", category="FOOD", quantity=2) if done else None,
        weight_g=820,
        goods=goods,
        origin="500112",
        destination="330106",
    )
    return Told(Step.ACCEPTED, hours, "CQ-01", details, place=Position(lng=106.55, lat=29.56))


def journey(start: float, *, goods: list[Goods] | None = None, promised: float | None = 3.65) -> list[Told]:
    """Chongqing to Hangzhou, 41 hours with a silence in the middle, seen from 2 h after the sign-off."""
    return [
        accepted(start, promised=promised, goods=goods),
        Told(Step.SCREENED, start - 2.6, "CQ-HUB", ScreenedDetails(lane="L2", result="CLEAR")),
        Told(Step.DEPARTED, start - 13.9, "CQ-HUB"),
        Told(Step.ARRIVED, start - 38.3, "HZ-HUB"),
        Told(Step.OUT_FOR_DELIVERY, start - 38.5, "HZ-11"),
        Told(Step.DELIVERED, start - 41, "HZ-12", DeliveredDetails(signer="self")),
    ]


def record_examples(world: World) -> None:
    """One parcel for each case, and the product in the first."""
    world.record(DELIVERED, "BLUEBIRD", journey(43.3, goods=[Goods(gtin=GTIN, lot=LOT, serial=SERIAL)]))
    world.record(UNDER_WAY, "BLUEBIRD", [
        accepted(20, promised=30),
        Told(Step.SCREENED, 18, "CQ-HUB", ScreenedDetails(lane="L2", result="CLEAR")),
        Told(Step.DEPARTED, 9, "CQ-HUB"),
    ])  # fmt: skip
    world.record(OVERDUE, "FLYGRAIN", [
        accepted(100, promised=None, done=False),
        Told(Step.ARRIVED, 60, "HZ-HUB"),
        Told(Step.STORED, 30, "HZ-12", StoredDetails(consent=Consent(kind="SMS"))),
    ])  # fmt: skip
    wrong = world.record(CORRECTED, "EVENWAY", [accepted(30, promised=40), Told(Step.DAMAGED, 20, "CQ-HUB")])[1]
    world.record(CORRECTED, "EVENWAY", [
        Told(Step.DAMAGED, 19, "CQ-HUB", corrects=Correction(event_id=wrong, reason="did_not_occur"))
    ])  # fmt: skip
    world.record(LOST, "FARREACH", [
        accepted(90, promised=-10),
        Told(Step.DEPARTED, 80, "CQ-HUB"),
        Told(Step.DAMAGED, 70, "HZ-HUB", ReasonDetails(reason="CRUSHED")),
        Told(Step.LOST, 20, "HZ-HUB", ReasonDetails(reason="NOT_FOUND")),
    ])  # fmt: skip
    world.record(IMPORTED, "LADE", [
        Told(Step.ANNOUNCED, 47810, "CQ-01", AnnouncedDetails(promised_at=hours_from_now(-47808)), device="replay"),
        Told(Step.ACCEPTED, 47809.5, "CQ-01", AcceptedDetails(origin="500000"), device="replay"),
    ])  # fmt: skip
    promise = AnnouncedDetails(promised_at=hours_from_now(5))
    world.record(ANNOUNCED, "POSTROAD", [Told(Step.ANNOUNCED, 1, "CQ-01", promise)])
    world.record(ODD, "UNKNOWNCO", [
        Told(Step.DELIVERED, 4, "XX-9", findings=("clock_skew",)),
        Told(Step.ARRIVED, 3, "XX-9"),
    ])  # fmt: skip
    world.record(HANDED_OVER, "BLUEBIRD", [
        accepted(60, promised=20),
        Told(Step.HANDED_OVER, 50, "CQ-HUB"),
        Told(Step.ARRIVED, 40, "HZ-HUB", carrier="POSTROAD", device="replay"),
    ])  # fmt: skip
    world.record(LONGEST, "BLUEBIRD", [Told(Step.ARRIVED, 40, LONGEST)])
    save_product(world.session, PRODUCT, recorded_at=NOW)


PRODUCT = Product(
    gtin=GTIN,
    lot=LOT,
    serial=SERIAL,
    name="高山绿茶 250 g",
    maker="核桃坝茶业合作社",
    maker_uscc=None,
    production_place="贵州省 湄潭县 核桃坝",
    produced_on=(NOW - timedelta(days=183)).date(),
    inspection_result="农残合格",
    inspection_report="2026-0420",
)


def record_fleet(world: World, *, scale: int = 1) -> None:
    """Carriers of different quality, so that a ranking has something to say. One is too small to be judged."""
    quality = {"BLUEBIRD": (60, 1, 0), "POSTROAD": (50, 4, 0), "EVENWAY": (70, 14, 1), "FARREACH": (45, 18, 2),
               "FLYGRAIN": (32, 20, 4), "SMALLTOWN": (6, 0, 0)}  # fmt: skip
    for prefix, (code, (parcels, late, lost)) in enumerate(quality.items()):
        for number in range(parcels * scale):
            hours = 72 + number * 3.1 % 500
            waybill = f"TT{prefix}{number:09d}"
            if number < lost * scale:
                world.record(waybill, code, [*_start(hours, on_time=True), Told(Step.LOST, hours - 30, "HZ-HUB")])
            else:
                is_late = number < (late + lost) * scale
                world.record(waybill, code, [*_start(hours, on_time=not is_late), *_end(hours, late=is_late)])


def _start(hours: float, *, on_time: bool) -> list[Told]:
    pickup = AnnouncedDetails(promised_at=hours_from_now(-hours + (1 if on_time else -1)))
    return [
        Told(Step.ANNOUNCED, hours + 2, "CQ-01", pickup),
        accepted(hours, promised=-hours + 48),
        Told(Step.DEPARTED, hours - 6, "CQ-HUB"),
    ]


def _end(hours: float, *, late: bool) -> list[Told]:
    arrived = Told(Step.ARRIVED, hours - 24, "HZ-HUB")
    road = [] if late else [arrived]  # a late parcel also lacks a scan
    return [
        *road,
        Told(Step.OUT_FOR_DELIVERY, hours - (50 if late else 28), "HZ-11"),
        Told(Step.DELIVERED, hours - (56 if late else 30), "HZ-12", DeliveredDetails(signer="self")),
    ]
