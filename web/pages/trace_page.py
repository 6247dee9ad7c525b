"""The trace page and its code (轨迹页)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from tracker.chain.trace import Trace
from tracker.provenance.codes import qr_png, qr_svg
from tracker.store.database import reading
from tracker.store.masked_parties import masked_parties_of, phone_tails
from web.accounts.forms import read_form
from web.context import Asking, Context
from web.doors.digits import enter, has_pass
from web.doors.door import NOT_FOUR_DIGITS, LabelToken, Visit, parse_tail
from web.doors.review_door import has_recipient
from web.pages.frame import show
from web.pages.images import show_image
from web.paths import Spellings, Waybill
from web.reads import directory_of, known_parcel, objections_in, trace_of
from web.runs.assessed import saved_standing
from web.views.door_view import build_door_view
from web.views.trace_view import build_credit_line, build_trace_view

router = APIRouter(include_in_schema=False)


async def _typed(request: Request) -> str:
    """What was typed into the form. It has no CSRF token: all that a stranger could do with it is miss."""
    return (await read_form(request))("tail")


@router.get("/t/{waybill_no}")
def show_trace(asking: Asking, waybill: Waybill, token: LabelToken = None) -> Response:
    """Where a parcel is and how it came there; more for who has its label, or has typed the digits."""
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
    is_open = has_pass(asking, trace)
    visit = Visit(is_open=is_open, by_tail=is_open)  # a pass is what the digits give
    if token is not None and not visit.is_open:
        visit = asking.door.try_label(trace, token, asking.host, now=asking.now)
    return _show(asking, trace, visit)


@router.post("/t/{waybill_no}")
def open_trace(asking: Asking, waybill: Waybill, typed: Annotated[str, Depends(_typed)]) -> Response:
    """Four digits: the page again, open for a quarter of an hour, or with what was wrong."""
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
        tails = phone_tails(masked_parties_of(session, trace))
    tail = parse_tail(typed)
    if tail is None:
        return _show(asking, trace, NOT_FOUR_DIGITS, by_tail=True)
    visit = asking.door.try_tail(trace, tails, tail, asking.host, now=asking.now)
    if not visit.is_open:
        return _show(asking, trace, visit, by_tail=True)
    return enter(asking, trace, f"/t/{trace.parcel.waybill_no}")


@router.get("/t/{waybill_no}/qr.svg")
def show_trace_svg(asking: Asking, waybill: Waybill) -> Response:
    """The trace page's address as a QR code, for pages."""
    return show_image(asking.request, qr_svg(_address(asking, waybill)), "image/svg+xml")


@router.get("/t/{waybill_no}/qr.png")
def show_trace_png(asking: Asking, waybill: Waybill) -> Response:
    """The trace page's address as a QR code, for labels."""
    return show_image(asking.request, qr_png(_address(asking, waybill)), "image/png")


def _show(asking: Context, trace: Trace, visit: Visit, *, by_tail: bool = False) -> Response:
    number = trace.parcel.waybill_no
    with reading(asking.engine) as session:
        known = directory_of(session, trace)
        standing = saved_standing(session, trace.carrier, now=asking.now)
        objections = objections_in(session)[trace.carrier]
        parties = masked_parties_of(session, trace)
        can_review = has_recipient(session, trace) and asking.door.secret is not None
    has_tails = bool(phone_tails(parties)) and asking.door.secret is not None
    code = asking.door.pickup_code_of(trace, visit)
    door = build_door_view(
        asking.words, visit, number=number, parties=parties, has_tails=has_tails, code=code, by_tail=by_tail
    )
    page_url = f"{asking.base}/t/{number}"
    credit = build_credit_line(asking.words, *standing, objections=objections) if standing else None
    view = build_trace_view(
        asking.words,
        trace,
        known=known,
        now=asking.now,
        page_url=page_url,
        credit=credit,
        door=door,
        has_recipient=can_review,
    )
    status = 200 if not visit.missed or not (by_tail or visit.wait) else 429 if visit.wait else 422
    answer = show(asking.request, "trace.html", view, status=status)
    if visit.is_open:
        answer.headers["Cache-Control"] = "no-store"
    if visit.wait is not None:
        answer.headers["Retry-After"] = str(int(visit.wait.total_seconds()) + 1)
    return answer


def _address(asking: Context, spellings: Spellings) -> str:
    with reading(asking.engine) as session:
        return f"{asking.base}/t/{known_parcel(session, spellings).waybill_no}"
