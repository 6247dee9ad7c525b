"""Prohibited goods (禁寄物品): the stop list as data, and whether a declaration meets it."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from tracker.wire.goods import PROHIBITED, Category


@dataclass(frozen=True, slots=True)
class ProhibitedClass:
    """One class of the catalogue: its words, and the harmless phrases that hold one of them.

    `group` is the part of 禁止寄递物品管理规定 Art. 3 that it belongs to; `tag` says how far its source was read.
    """

    category: Category
    group: int
    zh: str
    en: str
    tag: str
    words: tuple[str, ...]
    harmless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopList:
    """One version of the list, for acceptances from its first day on."""

    version: str
    first_day: date
    classes: tuple[ProhibitedClass, ...]


@cache
def load_stop_list() -> StopList:
    """The list that is shipped."""
    table = tomllib.loads(files("scanners.goods").joinpath("prohibited.toml").read_text(encoding="utf-8"))
    return StopList(
        version=table["version"],
        first_day=table["first_day"],
        classes=tuple(
            ProhibitedClass(
                category=Category(told["category"]),
                group=told["group"],
                zh=told["zh"],
                en=told["en"],
                tag=told["tag"],
                words=tuple(told["words"]),
                harmless=tuple(told.get("harmless", ())),
            )
            for told in table["class"]
        ),
    )


def find_prohibited(category: str, name: str, stop_list: StopList) -> Category | None:
    """The prohibited class that a declaration falls under, by its category or by a word in its name; else None.

    Words are found through full width, capitals, blanks and punctuation. A word list finds what is said openly and
    nothing else: the inspection is what finds the rest.
    """
    if category in PROHIBITED:
        return Category(category)
    folded = unicodedata.normalize("NFKC", name).casefold()
    return next((each.category for each in stop_list.classes if _has_word(folded, each)), None)


def _has_word(folded: str, told: ProhibitedClass) -> bool:
    latin, han = re.sub(r"[\W_]+", " ", folded), re.sub(r"[\W_]+", "", folded)
    for phrase in sorted(told.harmless, key=len, reverse=True):
        latin, han = latin.replace(phrase, " "), han.replace(phrase, " ")
    return any(
        re.search(rf"\b{re.escape(word)}s?\b", latin, re.ASCII) if word.isascii() else word in han
        for word in told.words
    )
