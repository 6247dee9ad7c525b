"""Invented people (虚构的人): documents, names, telephones and addresses as real ones look; none belongs to anybody."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from stdnum.cn import ric

from web.privacy.needles import Needle, NeedleKind

_SURNAMES = "欧阳上官司马诸葛慕容令狐宇文尉迟皇甫澹台濮阳公冶轩辕呼延端木东方"  # two characters each
_GIVEN = "锦绣凌霄沐珩砚舟攸宁晏清朔望疏桐听澜怀瑾既明知微若谷云岫霁月采薇溪亭"
_LATIN = ["Okonkwo", "Silveira", "Novakova", "Haddadin", "Takahashi", "Lindqvist", "Ivanchenko", "Mbeki-Ntuli"]
_FIRST = ["Adaeze", "Beatriz", "Cyprian", "Dalibor", "Eirlys", "Fumiko", "Gulnara", "Hyacinth"]
_STATES = ("NGA", "BRA", "CZE", "LBN", "JPN", "IRL", "KAZ")
_ROADS = ("冉家坝街", "文三西路", "科苑南路", "建国门外大街", "龙华中路", "天府三街", "解放碑步行街", "珞喻东路")
_PLACES = (
    ("500112", "重庆市渝北区"), ("330106", "浙江省杭州市西湖区"), ("440305", "广东省深圳市南山区"),
    ("110105", "北京市朝阳区"), ("310104", "上海市徐汇区"), ("510107", "四川省成都市武侯区"),
)  # fmt: skip
_MOBILE = ("133", "138", "139", "150", "159", "177", "186", "199")


@dataclass(frozen=True, slots=True)
class Person:
    """One who sends, receives or signs. `division` is the one of the address."""

    kind: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)
    division: str
    issuing_state: str = ""
    birth: date = date(1980, 1, 1)

    @property
    def has_checked_number(self) -> bool:
        """Whether the number tells by itself that it is a document's."""
        return self.kind == "RESIDENT_ID"

    @property
    def needles(self) -> list[Needle]:
        """What must lie nowhere open. Of an address also its end alone, which a masked form leaves out."""
        told = [
            Needle(NeedleKind.DOCUMENT, self.number, (f"{self.kind}|{self.number}", self.number + self.name)),
            Needle(NeedleKind.NAME, self.name, (self.name + self.phone, self.name + self.number)),
            Needle(NeedleKind.PHONE, self.phone, (self.phone + self.name,)),
            Needle(NeedleKind.ADDRESS, self.address),
        ]
        return [*told, Needle(NeedleKind.ADDRESS, self.address[self.address.index("号") - 4 :])]


def invent_person(random: Random) -> Person:
    """Somebody new; one in six of another country, with a passport."""
    division, place = random.choice(_PLACES)
    birth = date(random.randint(1950, 1999), random.randint(1, 12), random.randint(1, 28))
    home = f"{random.choice(_ROADS)}{random.randint(1000, 9999)}号{random.randint(2, 40)}栋{random.randint(1, 9)}单元"
    phone = random.choice(_MOBILE) + f"{random.randrange(10**8):08}"
    told = (phone, f"{place}{home}{random.randint(1001, 3909)}室", division)
    if random.randrange(6) == 0:
        name = f"{random.choice(_FIRST)} {random.choice(_LATIN)}"
        number = f"{random.choice('CEGP')}{random.randrange(10**8):08}"
        return Person("FOREIGN_PASSPORT", number, name, *told, random.choice(_STATES), birth)
    body = f"{division}{birth:%Y%m%d}{random.randint(1, 999):03}"
    surname = 2 * random.randrange(len(_SURNAMES) // 2)
    name = _SURNAMES[surname : surname + 2] + "".join(random.sample(_GIVEN, 2))
    return Person("RESIDENT_ID", body + ric.calc_check_digit(body + "0"), name, *told, birth=birth)
