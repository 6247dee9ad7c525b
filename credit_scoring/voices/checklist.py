"""A regulator's checklist (检查表): versioned items, answers yes, no or not seen, and the stars that follow from them.

The published rule: an aspect's stars are 1 + 4 x yes / (yes + no), halves up; what was not seen counts nothing, an
aspect of which nothing was seen has no stars; `overall` is taken over all items.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from credit_scoring.voices.aspects import Aspect
from credit_scoring.voices.catalogue import Phrase


class Answer(StrEnum):
    """What was found."""

    YES = "yes"  # 符合
    NO = "no"  # 不符合
    NOT_SEEN = "not_seen"  # 未查


class Checked(StrEnum):
    """What a checklist is for."""

    CARRIER = "carrier"
    STATION = "station"


@dataclass(frozen=True, slots=True)
class Item:
    """One question; `dimension` groups it on paper, `aspect` is where it counts."""

    words: Phrase
    dimension: str
    aspect: Aspect

    @property
    def code(self) -> str:
        return self.words.code


@dataclass(frozen=True, slots=True)
class Checklist:
    """One version of a checklist."""

    version: str
    subject: Checked
    valid_from: date
    title: Phrase
    dimensions: Mapping[str, Phrase]
    items: tuple[Item, ...]

    def takes(self, answers: Mapping[str, Answer]) -> bool:
        """Whether every item has its answer, nothing else has, and something was seen."""
        seen = any(each is not Answer.NOT_SEEN for each in answers.values())
        return seen and answers.keys() == {item.code for item in self.items}

    def stars_of(self, answers: Mapping[str, Answer]) -> dict[Aspect, int]:
        """The stars of an inspection; `overall` among them where anything was seen."""
        by_aspect = {aspect: [each for each in self.items if each.aspect is aspect] for aspect in Aspect}
        by_aspect[Aspect.OVERALL] = list(self.items)
        stars = {aspect: _stars(answers[each.code] for each in items) for aspect, items in by_aspect.items()}
        return {aspect: each for aspect, each in stars.items() if each is not None}


def _stars(answers: Iterable[Answer]) -> int | None:
    seen = [each for each in answers if each is not Answer.NOT_SEEN]
    yes = sum(each is Answer.YES for each in seen)
    return 1 + (8 * yes + len(seen)) // (2 * len(seen)) if seen else None


def checklist_of(subject: Checked, day: date) -> Checklist:
    """The checklist in force on a day: the newest that began by then, else the first."""
    ours = [each for each in _shipped().values() if each.subject is subject]
    begun = [each for each in ours if each.valid_from <= day]
    return begun[-1] if begun else ours[0]


def checklist(version: str) -> Checklist | None:
    """The checklist of a version."""
    return _shipped().get(version)


def parse_checklist(content: bytes) -> Checklist:
    """A checklist from its TOML file. Raises ValueError or KeyError with what is wrong."""
    table = tomllib.loads(content.decode())
    dimensions = {code: Phrase(code, **words) for code, words in table["dimensions"].items()}
    items = tuple(
        Item(Phrase(code, each["zh"], each["en"]), each["dimension"], Aspect(each["aspect"]))
        for code, each in table["items"].items()
    )
    if strange := {item.dimension for item in items} - dimensions.keys():
        raise ValueError(f"unknown dimensions: {sorted(strange)}")
    title = Phrase(table["version"], **table["title"])
    return Checklist(table["version"], Checked(table["subject"]), table["valid_from"], title, dimensions, items)


@cache
def _shipped() -> dict[str, Checklist]:
    folder = resources.files("credit_scoring.voices") / "checklists"
    found = [parse_checklist(file.read_bytes()) for file in folder.iterdir() if file.name.endswith(".toml")]
    return {each.version: each for each in sorted(found, key=lambda each: (each.valid_from, each.version))}
