"""The trace page and its code (轨迹页)."""

from fastapi import APIRouter, Response

from tracker.provenance.codes import qr_png, qr_svg
from tracker.store.database import reading
from web.assessed import saved_standing
from web.context import Asking, Context
from web.pages.frame import show
from web.pages.images import show_image
from web.paths import Spellings, Waybill
from web.reads import directory_of, known_parcel, trace_of
from web.views.trace_view import build_credit_line, build_trace_view

router = APIRouter(include_in_schema=False)


@router.get("/t/{waybill_no}")
def show_trace(asking: Asking, waybill: Waybill) -> Response:
    """Where a parcel is and how it came there."""
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
        known = directory_of(session, trace)
        standing = saved_standing(session, trace.carrier, now=asking.now)
    page_url = f"{asking.base}/t/{trace.parcel.waybill_no}"
    credit = build_credit_line(asking.words, *standing) if standing else None
    view = build_trace_view(asking.words, trace, known=known, now=asking.now, page_url=page_url, credit=credit)
    return show(asking.request, "trace.html", view)


@router.get("/t/{waybill_no}/qr.svg")
def show_trace_svg(asking: Asking, waybill: Waybill) -> Response:
    """The trace page's address as a QR code, for pages."""
    return show_image(asking.request, qr_svg(_address(asking, waybill)), "image/svg+xml")


@router.get("/t/{waybill_no}/qr.png")
def show_trace_png(asking: Asking, waybill: Waybill) -> Response:
    """The trace page's address as a QR code, for labels."""
    return show_image(asking.request, qr_png(_address(asking, waybill)), "image/png")


def _address(asking: Context, spellings: Spellings) -> str:
    with reading(asking.engine) as session:
        return f"{asking.base}/t/{known_parcel(session, spellings).waybill_no}"
