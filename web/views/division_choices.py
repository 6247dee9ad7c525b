"""The division choices (可选区划): which codes exist around one that does not."""

from dataclasses import dataclass
from urllib.parse import urlencode

from tracker.wire.divisions import Division, children_of, division_of
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
    """What could have been meant by `asked`: all below the narrowest division that its first digits name.

    The links lead to `path` with the rest of the `query` kept.
    """
    area = _area_of(asked)
    others = [(name, value) for name, value in query if name != "division"]
    found = [*([area] if area else ()), *children_of(area.code if area else None)]
    links = tuple(
        DivisionLink(each.code, each.full_name, f"{path}?{urlencode([*others, ('division', each.code)])}")
        for each in found
    )
    title = words("divisions.within", name=area.full_name) if area else words("divisions.provinces")
    return DivisionChoices(title, links)


def _area_of(asked: str) -> Division | None:
    return division_of(f"{asked[:4]}00") or division_of(f"{asked[:2]}0000")
