"""Products (商品): invented goods with their makers and lots, for some parcels to carry.

GTINs and company codes are well formed and belong to nobody: the item numbers lie in an unused corner of the Chinese
prefixes, and no division begins with 99.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from scanners.simulator.times import LOCAL_OFFSET
from tracker.wire.details import Goods
from tracker.wire.divisions import division_of

LOT_MONTHS = 4  # how many months back lots are on sale
DAYS_TO_SHOP = 15  # from the line to the merchant


@dataclass(frozen=True, slots=True)
class Kind:
    """One article of one invented maker."""

    mark: str
    gtin: str
    name: str
    maker: str
    maker_uscc: str
    division: str


KINDS = (
    Kind("RICE", "06999999000105", "云汀稻花香米 5 kg", "云汀畔稻米合作社", "93990000MA0000006L", "230184"),
    Kind("TEA", "06999999000204", "鹿鸣坞岩茶 250 g", "鹿鸣坞茶社", "91990000MA0000001B", "350782"),
    Kind("HONEY", "06999999000303", "雾凇里椴树蜜 500 g", "雾凇里蜂业", "91990000MA0000002E", "222403"),
    Kind("BAMBOO", "06999999000402", "竹间竹编收纳篮", "竹间里竹器坊", "91990000MA0000003H", "330523"),
    Kind("CHINA", "06999999000501", "小满青白瓷茶具", "小满窑陶舍", "91990000MA0000004L", "360202"),
    Kind("LAMP", "06999999000600", "星屿护眼台灯", "星屿光电器厂", "91990000MA0000005P", "440606"),
)


@dataclass(frozen=True, slots=True)
class Lot:
    """A month's lot of one kind."""

    kind: Kind
    code: str
    produced_on: date


def build_products(seed: int, *, now: datetime) -> list[dict[str, str | date]]:
    """One product record a kind and lot of the last months, none produced after `now`; `serial` is "": a whole lot.

    The fields are those of the product register. Parcels of the same seed carry items of these lots.
    """
    today = now.astimezone(LOCAL_OFFSET).date()
    months = [month for back in range(LOT_MONTHS) if (month := _month_before(today, back))]
    lots = [build_lot(seed, kind, month) for kind in KINDS for month in sorted(months)]
    return [_build_product(seed, lot) for lot in lots if lot.produced_on <= today]


def build_lot(seed: int, kind: Kind, month: date) -> Lot:
    """The lot of a kind made in a month."""
    day = Random(f"{seed}/lot/{kind.mark}/{month:%Y%m}").randint(2, 12)
    return Lot(kind, f"{kind.mark}{month:%Y%m}", month.replace(day=day))


def draw_goods(seed: int, random: Random, *, number: int, on: date) -> list[Goods]:
    """One to three items of one kind that were on sale on a day, each with a serial of its own."""
    kind = random.choice(KINDS)
    lot = lot_on_sale(seed, kind, on)
    return [
        Goods(gtin=kind.gtin, lot=lot.code, serial=f"{number % 10**12:012}{item}")
        for item in range(random.choice((1, 1, 1, 2, 3)))
    ]


def lot_on_sale(seed: int, kind: Kind, on: date) -> Lot:
    """The newest lot that had reached the merchant by a day."""
    lot = build_lot(seed, kind, _month_before(on, 0))
    if lot.produced_on + timedelta(days=DAYS_TO_SHOP) <= on:
        return lot
    return build_lot(seed, kind, _month_before(on, 1))


def _build_product(seed: int, lot: Lot) -> dict[str, str | date]:
    division = division_of(lot.kind.division)
    report = Random(f"{seed}/report/{lot.code}").randrange(10**8)
    return {
        "gtin": lot.kind.gtin,
        "lot": lot.code,
        "serial": "",
        "name": lot.kind.name,
        "maker": lot.kind.maker,
        "maker_uscc": lot.kind.maker_uscc,
        "production_place": division.full_name if division is not None else lot.kind.division,
        "produced_on": lot.produced_on,
        "inspection_result": "passed",
        "inspection_report": f"QI-{lot.produced_on:%Y}-{report:08}",
    }


def _month_before(day: date, months: int) -> date:
    """The first day of the month that lies so many months back."""
    month = day.replace(day=1)
    for _ in range(months):
        month = (month - timedelta(days=1)).replace(day=1)
    return month
