"""The search page (查件): many numbers at once, each with what is known or what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.chain.parcel import Parcel
from web.views.names import Directory
from web.views.parcels_view import ParcelRow, build_parcel_row
from web.words import Words

MAX_NUMBERS = 100


@dataclass(frozen=True, slots=True)
class NotFound:
    """A number without a record, and what it looks like."""

    text: str
    hint: str
    is_malformed: bool


@dataclass(frozen=True, slots=True)
class SearchView:
    """Everything the template places; `rows` and `missing` are empty before anything was asked."""

    asked: str
    was_asked: bool
    title: str
    rows: tuple[ParcelRow, ...]
    missing: tuple[NotFound, ...]
    too_many: str | None
    max_numbers: int
    rows_to_type: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person typed: each number once with its spellings, what cannot be one, and how many were too many."""

    spellings: dict[str, tuple[str, ...]]
    malformed: tuple[str, ...]
    left_out: int

    @property
    def total(self) -> int:
        return len(self.spellings) + len(self.malformed)


def build_search_view(
    words: Words,
    asked: Asked,
    parcels: Mapping[str, Parcel],
    *,
    hints: Mapping[str, str],
    known: Directory,
    now: datetime,
) -> SearchView:
    """The page after a question; `hints` say of unknown numbers what their form tells."""
    found = [parcels[number] for number in asked.spellings if number in parcels]
    missing = [NotFound(number, hints[number], False) for number in asked.spellings if number not in parcels]
    missing += [NotFound(text, words("search.malformed"), True) for text in asked.malformed]
    return SearchView(
        asked="\n".join((*asked.spellings, *asked.malformed)),
        was_asked=asked.total > 0,
        title=_title(words, found, missing),
        rows=tuple(build_parcel_row(words, parcel, known=known, now=now) for parcel in found),
        missing=tuple(missing),
        too_many=words.count("search.left_out", asked.left_out, max=MAX_NUMBERS) if asked.left_out else None,
        max_numbers=MAX_NUMBERS,
        rows_to_type=min(max(asked.total + 1, 4), 12),
    )


def _title(words: Words, found: Sequence[Parcel], missing: Sequence[NotFound]) -> str:
    if not found and not missing:
        return words("search.title")
    if not missing:
        return words.count("search.found", len(found))
    return words("search.some_found", found=len(found), missing=len(missing))
