"""Orders of labels (面单样本): persons, telephones and addresses in many spellings, none of them anybody's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

import msgspec

from scanners.label.content import Label, LabelOrder, build_label, parse_orders
from scanners.label.layout import lay_out
from scanners.label.marks import Sheet
from scanners.label.media import Media
from scanners.label.typeface import Typeface
from tracker.wire.details import LOCAL
from tracker.wire.divisions import children_of
from tracker.wire.label_token import label_address, label_token

PRINTED_AT = datetime(2026, 7, 1, 9, 30, tzinfo=LOCAL)
BASE = "https://trace.example"
KEY = bytes(range(32))
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧闫喆"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英昇玥堃翀"
STREETS = ("文三路", "人民南路", "建国路", "科苑路", "中山北路", "解放大道")
QUARTERS = ("阳光花园", "梦想小镇", "世纪城", "翠苑新村", "创新大厦", "万科城")


@dataclass(frozen=True)
class Known:
    """An order, and every secret in it."""

    order: LabelOrder
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """Somebody invented."""

    name: str
    phone: str
    place: str
    building: str
    room: str

    @property
    def told(self) -> dict[str, str]:
        """As an order tells it."""
        return {"name": self.name, "phone": self.phone, "address": self.place + self.building + self.room}


def make_orders(count: int, *, seed: int = 1) -> Iterator[Known]:
    """So many orders, the same for the same seed."""
    chance = Random(seed)
    divisions = [county.code for province in children_of(None) for city in children_of(province.code)[:2]
                 for county in children_of(city.code)[:3]]  # fmt: skip
    for _ in range(count):
        sender, recipient = _person(chance), _person(chance)
        told = {
            "waybill_no": _waybill(chance),
            "carrier": chance.choice(["青鸟速运", "云雀快递", "Bluebird Express"]),
            "sender": sender.told,
            "recipient": recipient.told,
            "destination": chance.choice(divisions),
            "station": f"ST-{chance.randrange(100):02}" if chance.random() < 0.7 else None,
            "weight_g": chance.randrange(10, 30_000) if chance.random() < 0.8 else None,
            "inspected": chance.random() < 0.9,
        }
        (order,) = parse_orders(msgspec.json.encode(told))
        yield Known(order, tuple(secret for person in (sender, recipient) for secret in _secrets(person)))


def label_of(order: LabelOrder) -> Label:
    """The label with its token."""
    address = label_address(BASE, order.waybill_no, label_token(KEY, order.waybill_no))
    return build_label(order, printed_at=PRINTED_AT, address=address)


def sheet_of(order: LabelOrder, media: Media) -> Sheet:
    """The label, laid out in the shipped font."""
    return lay_out(label_of(order), media, Typeface())


def _secrets(person: Person) -> Iterator[str]:
    """What may stand nowhere: the given name, any five digits of the telephone, what comes after the building."""
    yield person.name
    yield person.name[1:]
    digits = re.sub("[^0-9]", "", person.phone)
    yield from (digits[at : at + 5] for at in range(len(digits) - 4))
    yield person.room


def _waybill(chance: Random) -> str:
    digits = "".join(chance.choice("0123456789") for _ in range(18))
    return chance.choice(
        [f"SF{digits[:13]}", digits[:15], f"YT{digits[:13]}", f"JD{digits[:10]}A-1", f"RB{digits[:9]}CN"]
    )


def _person(chance: Random) -> Person:
    return Person(
        name=chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.randint(1, 2))),
        phone=_phone(chance),
        place=f"浙江省杭州市西湖区{chance.choice(STREETS)}{chance.randrange(1, 900)}号{chance.choice(QUARTERS)}",
        building=chance.choice(["", "5栋", "B座", "12幢", "3号楼"]),
        room=_room(chance),
    )


def _phone(chance: Random) -> str:
    digits = "".join(chance.choice("0123456789") for _ in range(9))
    return chance.choice([f"13{digits}", f"+86 19{digits}", f"0571-8{digits[:7]}", f"0755-2{digits[:7]}-{digits[7:]}"])


def _room(chance: Random) -> str:
    unit, room = chance.randint(1, 6), chance.randint(101, 3299)
    return chance.choice([f"{unit}单元{room}室", f"-{unit}-{room}", f"A{room}", f"{room}室", f"{unit}层{room}"])
