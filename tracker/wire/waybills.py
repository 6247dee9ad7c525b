"""Waybill numbers (运单号): whose form a number has, as far as its form can tell, and one spelling to search by."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_S10 = re.compile(r"([A-Z]{2})([0-9]{8})([0-9])([A-Z]{2})")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")


@dataclass(frozen=True, slots=True)
class Recogniser:
    """One rule of waybills.toml."""

    format: str
    carrier_hint: str
    pattern: re.Pattern[str]
    confidence: float
    remark: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """A form that a number has; `exact` when a check digit proves it, else `confidence` from 0 to 1 is a guess."""

    format: str
    carrier_hint: str
    confidence: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What waybills.toml holds."""

    recognisers: tuple[Recogniser, ...]
    s10_format: str
    s10_hint: str
    s10_hint_by_country: dict[str, str]
    countries: frozenset[str]
    own: re.Pattern[str]


@cache
def load_rules() -> Rules:
    """The rules that are shipped, in the order of the file."""
    table = tomllib.loads(files("tracker.wire").joinpath("waybills.toml").read_text(encoding="utf-8"))
    return Rules(
        recognisers=tuple(
            Recogniser(
                rule["format"], rule["carrier_hint"], re.compile(rule["pattern"]), rule["confidence"], rule["remark"]
            )
            for rule in table["recogniser"]
        ),
        s10_format=table["s10"]["format"],
        s10_hint=table["s10"]["carrier_hint"],
        s10_hint_by_country=table["s10"]["hint_by_country"],
        countries=frozenset(table["s10"]["countries"].split()),
        own=re.compile(table["own"]["pattern"]),
    )


def recognise(text: str) -> list[Recognition]:
    """The forms that a number may have, the likeliest first, each form once; empty when none fits."""
    number = _clean(text).replace("-", "")
    found = [
        Recognition(rule.format, rule.carrier_hint, rule.confidence, exact=False)
        for rule in load_rules().recognisers
        if rule.pattern.fullmatch(number)
    ]
    if is_s10(number):
        rules = load_rules()
        hint = rules.s10_hint_by_country.get(number[-2:], rules.s10_hint)
        found.append(Recognition(rules.s10_format, hint, 1.0, exact=True))
    best = {form.format: form for form in sorted(found, key=lambda form: form.confidence)}
    return sorted(best.values(), key=lambda form: -form.confidence)


def is_miswritten(text: str) -> bool:
    """Whether a number begins as one carrier's alone do, and has no known form: digits are missing, or too many."""
    return load_rules().own.fullmatch(_clean(text).replace("-", "")) is not None and not recognise(text)


def is_s10(text: str) -> bool:
    """Whether a text is a UPU S10 item number: two letters, eight digits, the right check digit, a country."""
    match = _S10.fullmatch(text)
    if match is None:
        return False
    _, serial, check, country = match.groups()
    return int(check) == s10_check_digit(serial) and country in load_rules().countries


def s10_check_digit(serial: str) -> int:
    """The check digit of eight digits: 11 − (weighted sum mod 11), where 10 becomes 0 and 11 becomes 5."""
    rest = sum(weight * int(digit) for weight, digit in zip(S10_WEIGHTS, serial, strict=True)) % 11
    return {1: 0, 0: 5}.get(rest, 11 - rest)


def normalise_waybill(text: str) -> str:
    """The spelling to search by: half-width capitals without blanks.

    Hyphens go where the rest has a known form ("SF 1234-…"), and stay where they may belong to the number.
    """
    number = _clean(text)
    bare = number.replace("-", "")
    return bare if bare != number and recognise(bare) else number


def _clean(text: str) -> str:
    return _BLANKS.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", text))).upper()
