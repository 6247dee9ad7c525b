"""Names (名称): what a carrier, a station or a place is called, and in which language that name is."""

from dataclasses import dataclass

from tracker.store.registry import Carrier, Station
from tracker.wire.divisions import Division, division_of
from web.words import Words


@dataclass(frozen=True, slots=True)
class Name:
    """A name; `lang` is set where it is not the page's language, so that it is read and set rightly."""

    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """What the registry knows about those who appear in a trace."""

    carriers: dict[str, Carrier]
    stations: dict[tuple[str, str], Station]


def chinese(words: Words, text: str) -> Name:
    """A Chinese name on a page of either language."""
    return Name(text, None if words.lang == "zh-CN" else "zh-CN")


def carrier_name(words: Words, code: str, carrier: Carrier | None) -> Name:
    """The carrier's name in the page's language, else the other one, else its code."""
    if carrier is None:
        return Name(code)
    if words.lang == "en" and carrier.name_en:
        return Name(carrier.name_en)
    if carrier.name_zh:
        return chinese(words, carrier.name_zh)
    return Name(carrier.name_en or code)


def station_name(words: Words, code: str, station: Station | None) -> Name:
    """The station's own name, else its code."""
    if station is None or not station.name:
        return Name(code)
    return chinese(words, station.name)


def division_name(words: Words, division: Division | None) -> Name:
    """A division, or the nation."""
    return chinese(words, division.full_name) if division else Name(words("scope.nationwide"))


def city_of(division: str | None) -> str | None:
    """The city of a division code; None where the code is absent or unknown."""
    known = division_of(division) if division else None
    return known.city_name if known else None


def city_name(words: Words, division: str | None) -> Name | None:
    """The city of a division code as a name."""
    city = city_of(division)
    return chinese(words, city) if city else None


def places_of(words: Words, carrier: str, code: str, known: Directory) -> tuple[Name, ...]:
    """City and station; the city is left out where the station's name says it."""
    station = known.stations.get((carrier, code))
    name = station_name(words, code, station)
    city = city_of(station.division) if station else None
    if city is None or name.text.startswith(city.removesuffix("市")):
        return (name,)
    return (chinese(words, city), name)
