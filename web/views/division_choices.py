"""The division choices (可选区划): what a form offers to type, and which codes exist around one that does not."""

from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from tracker.wire.divisions import Division, children_of, division_of, find_divisions
from web.words import Words

Query = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DivisionLink:
    """A code that exists, and the same question asked about it."""

    code: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class DivisionChoices:
    """The codes of one area: a province's or a city's, or the provinces where not even that is known."""

    title: str
    links: tuple[DivisionLink, ...]


def build_division_choices(words: Words, asked: str, *, path: str, query: Query) -> DivisionChoices:
    """What could have been meant by `asked`: all that are called so, or all below the narrowest that its digits name.

    The links lead to `path` with the rest of the `query` kept.
    """
    area, same = _area_of(asked), find_divisions(asked)
    others = [(name, value) for name, value in query if name != "division"]
    found = same or [*([area] if area else ()), *children_of(area.code if area else None)]
    links = tuple(
        DivisionLink(each.code, each.full_name, f"{path}?{urlencode([*others, ('division', each.code)])}")
        for each in found
    )
    if same:
        return DivisionChoices(words("divisions.called"), links)
    title = words("divisions.within", name=area.full_name) if area else words("divisions.provinces")
    return DivisionChoices(title, links)


def _area_of(asked: str) -> Division | None:
    return division_of(f"{asked[:4]}00") or division_of(f"{asked[:2]}0000")


def write_typed(division: Division) -> str:
    """A division as a form shows it, and as web.paths reads it: 500100 重庆市."""
    return f"{division.code} {division.full_name}"


@cache
def division_list() -> tuple[str, ...]:
    """The provinces, each with its cities, as a form offers them; counties are typed by code or name."""
    found = [each for province in children_of(None) for each in (province, *_cities(province))]
    return tuple(write_typed(each) for each in found)


def _cities(province: Division) -> list[Division]:
    """Without the rows that only stand between a province and its counties."""
    return [city for city in children_of(province.code) if city.city_name == city.name]
