"""The catalogue of voices (评价用语): the closed words of reviews, replies and notes, in both languages."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

MOST_TAGS = 5
FOUND_FALSE = "found_false"  # the note after which a review counts nothing


@dataclass(frozen=True, slots=True)
class Phrase:
    """One code and its words."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that may be said in words, by code, in the file's order."""

    version: str
    tags: Mapping[str, Phrase]
    replies: Mapping[str, Phrase]
    notes: Mapping[str, Phrase]

    def order_tags(self, codes: Iterable[str]) -> tuple[str, ...] | None:
        """The tags in the catalogue's order, each once; None where one is not in it or there are too many."""
        wanted = set(codes)
        if not wanted <= self.tags.keys() or len(wanted) > MOST_TAGS:
            return None
        return tuple(code for code in self.tags if code in wanted)


@cache
def catalogue() -> Catalogue:
    """The catalogue that travels with the program."""
    table = tomllib.loads((resources.files("credit_scoring.voices") / "catalogue.toml").read_text(encoding="utf-8"))
    parts = (
        {code: Phrase(code, **words) for code, words in table[name].items()} for name in ("tags", "replies", "notes")
    )
    return Catalogue(table["version"], *parts)
