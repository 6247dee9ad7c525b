"""The search page (查件)."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from tracker.chain.parcel import Parcel
from tracker.store.database import reading
from tracker.store.parcel_store import parcels_of
from web.context import Asking
from web.errors import WaybillMalformed
from web.pages.frame import show
from web.paths import parse_spellings
from web.reads import directory_of_parcels
from web.views.hints import write_hint
from web.views.search_view import MAX_NUMBERS, Asked, build_search_view

router = APIRouter(include_in_schema=False)
MAX_TEXT = 8_000
_BETWEEN = re.compile(r"[\n\r\t,;\uff0c\uff1b\u3001\u3002]+")  # the last four are Chinese punctuation


@router.get("/")
def show_search(
    asking: Asking, no: Annotated[list[str] | None, Query(max_length=MAX_NUMBERS, description="waybill numbers")] = None
) -> Response:
    """Where are these parcels? One number that is known goes straight to its trace."""
    asked = parse_asked("\n".join(no or ())[:MAX_TEXT])
    with reading(asking.engine) as session:
        found = parcels_of(session, [each for spellings in asked.spellings.values() for each in spellings])
        known = directory_of_parcels(session, found.values())
    parcels = _by_asked(asked, found)
    if asked.total == 1 and parcels:
        return RedirectResponse(f"/t/{next(iter(parcels.values())).waybill_no}", 303)
    hints = {number: write_hint(asking.words, number) for number in asked.spellings if number not in parcels}
    view = build_search_view(asking.words, asked, parcels, hints=hints, known=known, now=asking.now)
    return show(asking.request, "search.html", view, section="search")


def parse_asked(text: str) -> Asked:
    """Numbers out of what was typed or pasted, one a line or with commas between; each once, 100 at most."""
    pieces = dict.fromkeys(piece.strip() for piece in _BETWEEN.split(text) if piece.strip())
    spellings: dict[str, tuple[str, ...]] = {}
    malformed: dict[str, None] = {}
    for piece in pieces:
        try:
            found = parse_spellings(piece)
        except WaybillMalformed:
            malformed[piece[:64]] = None
        else:
            spellings.setdefault(found[-1], found)
    kept = dict(list(spellings.items())[:MAX_NUMBERS])
    left_out = max(0, len(spellings) + len(malformed) - MAX_NUMBERS)
    return Asked(kept, tuple(malformed)[: MAX_NUMBERS - len(kept)], left_out)


def _by_asked(asked: Asked, found: dict[str, Parcel]) -> dict[str, Parcel]:
    """The parcels by the number that was asked for."""
    pairs = (
        (number, next((found[each] for each in spellings if each in found), None))
        for number, spellings in asked.spellings.items()
    )
    return {number: parcel for number, parcel in pairs if parcel is not None}
