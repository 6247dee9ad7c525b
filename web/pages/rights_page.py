"""The rights page (个人信息权利): a person asks about their own data, and sees by a number how it stands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from tracker.realname.rights_requests import Channel, RightsRequest, parse_request_no
from tracker.store.database import reading
from tracker.store.masked_parties import masked_parties_of, phone_tails
from tracker.store.rights_store import request_of
from web.accounts.forms import Form, read_form
from web.context import Asking, Context
from web.doors.door import parse_tail
from web.doors.rights_intake import RequestRefused, read_told, take_request
from web.errors import ParcelNotFound, RequestNotFound, WaybillMalformed
from web.pages.frame import show
from web.paths import parse_spellings
from web.reads import trace_of
from web.views.rights_view import build_request_view, build_rights_form

router = APIRouter(include_in_schema=False)
NO_STORE = {"Cache-Control": "no-store"}


async def _form(request: Request) -> Form:
    """What was typed. It has no CSRF token: who can send it can prove the parcel's telephone, or misses."""
    return await read_form(request)


async def known_request(asking: Asking, request_no: str) -> RightsRequest:
    """The request of the number in the address. Raises RequestNotFound."""
    number = parse_request_no(request_no)
    with reading(asking.engine) as session:
        found = request_of(session, number) if number else None
    if found is None:
        raise RequestNotFound(number or "")
    return found


Known = Annotated[RightsRequest, Depends(known_request)]


@router.get("/rights")
def show_rights(asking: Asking, no: Annotated[str, Query(max_length=60)] = "", parcel: str = "") -> Response:
    """The form; `?no=` goes on to that request, `?parcel=` fills the waybill number in."""
    if number := parse_request_no(no):
        return RedirectResponse(f"/rights/{number}", 303, headers=NO_STORE)
    view = build_rights_form(asking.words, said="number_wrong" if no else "", waybill_no=parcel[:64], number=no)
    return show(asking.request, "rights.html", view, section="rights", status=422 if no else 200)


@router.post("/rights")
def ask_for_rights(asking: Asking, form: Annotated[Form, Depends(_form)]) -> Response:
    """A request by whoever knows the parcel and the last four digits of a telephone of it."""
    try:
        told = read_told(form)
        number = _prove(asking, form)
        made = take_request(asking, asking.request, told, (number,), Channel.PAGE)
    except RequestRefused as refused:
        view = build_rights_form(asking.words, said=refused.code, kind=form("kind"), waybill_no=form("waybill_no")[:64])
        status = 429 if refused.code == "wait" else 422
        return show(asking.request, "rights.html", view, section="rights", status=status)
    return RedirectResponse(f"/rights/{made.request_no}", 303, headers=NO_STORE)


@router.get("/rights/{request_no}")
def show_request(asking: Asking, request: Known) -> Response:
    """How a request stands; once it is decided, the letter."""
    view = build_request_view(asking.words, request, now=asking.now)
    answer = show(asking.request, "rights_letter.html", view, section="rights")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _prove(asking: Context, form: Form) -> str:
    """The waybill number whose telephone the asker has; an unknown parcel and wrong digits are answered alike."""
    tail = parse_tail(form("tail"))
    if tail is None:
        raise RequestRefused("not_four_digits")
    try:
        with reading(asking.engine) as session:
            trace = trace_of(session, parse_spellings(form("waybill_no")))
            tails = phone_tails(masked_parties_of(session, trace))
    except (ParcelNotFound, WaybillMalformed):
        raise RequestRefused("not_proved") from None
    visit = asking.door.try_tail(trace, tails, tail, asking.host, now=asking.now)
    if not visit.is_open:
        raise RequestRefused("wait" if visit.wait else "not_proved")
    return trace.parcel.waybill_no
