"""The rules of voices (评价规则): who may speak, how often, and what weighs less; versioned data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

FULL = 100  # hundredths: a voice that nothing speaks against


class Doubt(StrEnum):
    """Why a review weighs less (降权原因)."""

    BURST = "burst"  # 短时间大量评价
    RING = "ring"  # 同一设备或地址反复评价
    SAME_PATTERN = "same_pattern"  # 雷同评价
    OWN_STAFF = "own_staff"  # 被评企业人员
    OWN_PARCEL = "own_parcel"  # 自收自签
    FOUND_FALSE = "found_false"  # 监管核实为虚假


@dataclass(frozen=True, slots=True)
class DoubtRule:
    """What a doubt leaves of a review's weight, by which numbers, and what people are told."""

    doubt: Doubt
    worth: int
    numbers: Mapping[str, int]
    zh: str
    en: str

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]


@dataclass(frozen=True, slots=True)
class VoiceRules:
    """One version of the rules."""

    version: str
    valid_from: date
    is_proposal: bool
    open_for: timedelta
    follow_ups: int
    code_holds: timedelta
    kept_for: timedelta
    worth_per_parcel: int
    most_parcels: int
    doubts: Mapping[Doubt, DoubtRule]

    def weight_of(self, doubts: frozenset[Doubt]) -> int:
        """What is left of a review's weight, in hundredths: the least that any of its doubts leaves."""
        return min((self.doubts[each].worth for each in doubts), default=FULL)

    def weight_of_merchant(self, parcels: int) -> int:
        """The weight of a merchant's rating that names so many own parcels."""
        return min(FULL, self.worth_per_parcel * parcels)


@cache
def voice_rules(version: str = "2026-1") -> VoiceRules:
    """The rules of a version. Raises ValueError or KeyError where the file breaks its own shape: ours to mend."""
    path = resources.files("credit_scoring.voices") / "rules" / f"{version}.toml"
    return parse_rules(path.read_bytes())


def parse_rules(content: bytes) -> VoiceRules:
    """Rules from their TOML file. Raises ValueError or KeyError with what is wrong."""
    table = tomllib.loads(content.decode())
    review, merchant = table["review"], table["merchant"]
    doubts = {doubt: _doubt(doubt, table["doubts"][doubt]) for doubt in Doubt}
    if strange := table["doubts"].keys() - set(Doubt):
        raise ValueError(f"unknown doubts: {sorted(strange)}")
    return VoiceRules(
        version=table["version"],
        valid_from=table["valid_from"],
        is_proposal=table["status"] == "proposal",
        open_for=timedelta(days=review["open_days"]),
        follow_ups=review["follow_ups"],
        code_holds=timedelta(minutes=review["code_minutes"]),
        kept_for=timedelta(days=review["keep_days"]),
        worth_per_parcel=merchant["worth_per_parcel"],
        most_parcels=merchant["most_parcels"],
        doubts=doubts,
    )


def _doubt(doubt: Doubt, table: dict[str, Any]) -> DoubtRule:
    numbers = {name: value for name, value in table.items() if name not in ("worth", "zh", "en")}
    if not 0 <= table["worth"] < FULL or any(not isinstance(each, int) or each < 1 for each in numbers.values()):
        raise ValueError(f"{doubt}: a worth is 0 to 99, every other number 1 or more")
    return DoubtRule(doubt, table["worth"], numbers, table["zh"], table["en"])
