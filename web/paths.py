"""Paths and queries (地址参数): what an address may hold, parsed once, here."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request

from credit_scoring.complaints.receipt_no import parse_receipt_no
from credit_scoring.evidence.window import Window
from credit_scoring.scheme.rules import Dimension
from tracker.provenance.digital_link import ProductKey, parse_digital_link
from tracker.wire.divisions import Division, division_of, find_divisions
from tracker.wire.topics import CODE_PATTERN
from tracker.wire.waybills import normalise_waybill
from tracker.working_days import local_day_of
from web.context import Asking
from web.errors import CaseNotFound, CodeMalformed, DivisionUnknown, RequestMalformed, WaybillMalformed
from web.views.ranking_order import Column, Order, default_column

_CODE = re.compile(CODE_PATTERN)
MAX_TYPED = 256
Spellings = tuple[str, ...]
_DIVISION = re.compile(r"[0-9]{6}")


async def _spellings(waybill_no: Annotated[str, Path(description="waybill number (运单号)")]) -> Spellings:
    return parse_spellings(waybill_no)


async def _code(code: Annotated[str, Path(description="carrier code or USCC (统一社会信用代码)")]) -> str:
    return parse_code(code)


@dataclass(frozen=True, slots=True)
class AskedScope:
    """Which parcels a question is about: accepted in `window`, sent from `division` (None: nationwide)."""

    window: Window
    division: Division | None

    @property
    def area(self) -> str | None:
        """The division's code."""
        return self.division.code if self.division else None


async def _scope(
    asking: Asking,
    from_: Annotated[str | None, Query(alias="from", description="first local day, YYYY-MM-DD")] = None,
    to: Annotated[str | None, Query(description="local day after the last, YYYY-MM-DD")] = None,
    division: Annotated[str | None, Query(description="GB/T 2260 code of 6 digits; empty: nationwide")] = None,
) -> AskedScope:
    window = Window.parse(from_ or None, to or None, today=local_day_of(asking.now))
    return AskedScope(window, parse_division(division) if division else None)


async def _order(
    dimension: Annotated[Dimension | Literal[""], Query(description="one of the scheme's dimensions")] = "",
    sort: Annotated[Column | Literal[""], Query(description="the column by which the rows stand")] = "",
    turned: Annotated[Literal["", "1"], Query(description="1: the other way round")] = "",
) -> Order:
    chosen = dimension or None
    column = default_column(chosen) if not sort or (sort is Column.DIMENSION and chosen is None) else sort
    return Order(column, bool(turned), chosen)


async def _product_key(request: Request, key: str) -> ProductKey:
    """Read from the address as it travelled: a serial may hold an encoded slash."""
    raw = request.scope.get("raw_path") or request.url.path.encode()
    try:
        path = raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise RequestMalformed("an address is ASCII") from error
    return parse_digital_link(path[path.index("/01/") :])


async def _case_no(case_no: Annotated[str, Path(description="receipt number of a complaint (受理编号)")]) -> str:
    known = parse_receipt_no(case_no)
    if known is None:
        raise CaseNotFound(case_no[:MAX_TYPED])
    return known


def parse_spellings(text: str) -> Spellings:
    """How a number may be written in the store: as it was typed, and in normal form. Raises WaybillMalformed."""
    found = {text.strip(): None, normalise_waybill(text[:MAX_TYPED]): None}
    spellings = tuple(number for number in found if _CODE.match(number))
    if not spellings:
        raise WaybillMalformed
    return spellings


def parse_code(text: str) -> str:
    """A carrier's code or USCC. Raises CodeMalformed."""
    if not _CODE.match(text):
        raise CodeMalformed(text)
    return text


def parse_division(text: str) -> Division:
    """The division of a code of 6 digits, of a code and a name as forms offer them, or of a name that only one has.

    Raises DivisionUnknown.
    """
    code = text.partition(" ")[0]
    known = division_of(code) if _DIVISION.fullmatch(code) else None
    found = [known] if known else find_divisions(text)
    if len(found) != 1:
        raise DivisionUnknown(text)
    return found[0]


def typed_division(text: str) -> str:
    """The code of a division as a form sends it; what names none or several stays as typed, to be refused there."""
    try:
        return parse_division(text).code if text.strip() else ""
    except DivisionUnknown:
        return text.strip()


Waybill = Annotated[Spellings, Depends(_spellings)]
CarrierCode = Annotated[str, Depends(_code)]
CaseNumber = Annotated[str, Depends(_case_no)]
Scope = Annotated[AskedScope, Depends(_scope)]
RankingOrder = Annotated[Order, Depends(_order)]
Key = Annotated[ProductKey, Depends(_product_key)]
