"""Administrative divisions (行政区划): GB/T 2260 codes of 6 digits, their names and where they lie.

The table is `divisions.csv` beside this file; its first lines name the sources and their licence.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Level = Literal["province", "city", "county"]

MIN_NAME = 2  # characters by which a division is looked for
# Rows that stand between a province and its counties without being a city of their own.
_NOT_A_CITY = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@dataclass(frozen=True, slots=True)
class Division:
    """One division. `parent_code` is None for a province; `lng` and `lat` are None where the point is not known."""

    code: str
    name: str
    level: Level
    parent_code: str | None
    lng: float | None
    lat: float | None

    @property
    def full_name(self) -> str:
        """The names from the province down: "浙江省 杭州市 西湖区", "重庆市 渝北区", "河南省 济源市"."""
        return " ".join(division.name for division in lineage_of(self) if division.name not in _NOT_A_CITY)

    @property
    def city_name(self) -> str:
        """The city that a person would name: "杭州市", "重庆市" for its districts, "济源市" which has none above it.

        A province gives its own name.
        """
        city = lineage_of(self)[:2][-1]
        if city.name not in _NOT_A_CITY:
            return city.name
        return _municipality_of(city) or self.full_name.rpartition(" ")[2]


def division_of(code: str) -> Division | None:
    """The division with a 6-digit code (330000, 330100, 330106); None when the table does not have it."""
    return _table().get(code)


def lineage_of(division: Division) -> list[Division]:
    """The division and those above it, the province first."""
    above = division_of(division.parent_code) if division.parent_code is not None else None
    return [*lineage_of(above), division] if above is not None else [division]


def children_of(code: str | None) -> list[Division]:
    """The divisions right below one, in the order of their codes; the provinces for None."""
    return [division for division in _table().values() if division.parent_code == code]


def find_divisions(name: str) -> list[Division]:
    """Those that are called so, by their own name or from the province down; else those whose name begins so.

    "西湖区" finds two, "浙江省 杭州市 西湖区" one, "重庆" the municipality. Spaces do not matter.
    """
    wanted = "".join(name.split())
    if len(wanted) < MIN_NAME:
        return []
    named = [each for each in _table().values() if each.name not in _NOT_A_CITY]
    called = [each for each in named if wanted in (each.name, each.full_name.replace(" ", ""))]
    return called or [each for each in named if each.name.startswith(wanted)]


def division_prefix(code: str) -> str:
    """A code without its trailing pairs of zeros, as a prefix to match: 330100 → 3301, 500000 → 50, 330000 → 33."""
    while len(code) > 2 and len(code) % 2 == 0 and code.endswith("00"):
        code = code[:-2]
    return code


def _municipality_of(city: Division) -> str | None:
    """The name of the province above when it is itself a city (直辖市)."""
    province = division_of(city.parent_code or "")
    return province.name if province is not None and province.name.endswith("市") else None


@cache
def _table() -> dict[str, Division]:
    lines = files("tracker.wire").joinpath("divisions.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {row["code"]: _build_division(row) for row in rows}


def _build_division(row: dict[str, str]) -> Division:
    level, parent_code = _place_of(row["code"])
    return Division(
        code=row["code"],
        name=row["name"],
        level=level,
        parent_code=parent_code,
        lng=float(row["lng"]) if row["lng"] else None,
        lat=float(row["lat"]) if row["lat"] else None,
    )


def _place_of(code: str) -> tuple[Level, str | None]:
    """A code's level, and the code one level up."""
    if code.endswith("0000"):
        return "province", None
    if code.endswith("00"):
        return "city", f"{code[:2]}0000"
    return "county", f"{code[:4]}00"
