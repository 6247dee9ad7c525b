"""The complaint form (投诉登记): filed by who knows four digits of the telephone of the parcel's sender or recipient.

No name, no number and no text is asked for: a category and a cause, the parcel, and the receipt number that is given.
"""

from secrets import randbelow
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from credit_scoring.complaints.codes.channels import WEB
from credit_scoring.complaints.complaint_store import cases_of_parcel, histories_of
from credit_scoring.complaints.intake import Filing, file_complaint
from credit_scoring.errors import ComplaintRefused
from tracker.access.audit import Action
from tracker.chain.trace import Trace
from tracker.store.database import reading, transaction
from tracker.store.masked_parties import masked_parties_of, phone_tails
from web.accounts.auditing import note
from web.accounts.forms import Form, read_form
from web.context import Asking, Context
from web.doors.digits import check_form, enter, has_pass, kept_pass, try_digits
from web.pages.frame import show
from web.paths import Waybill
from web.reads import trace_of
from web.views.complaint_form_view import CaseLink, build_form_view, parse_matter
from web.views.complaint_view import write_matter
from web.views.times import full_moment

router = APIRouter(include_in_schema=False)


async def _typed(request: Request) -> Form:
    """What was typed; behind the door it must hold the pass's own token, before it all it can do is miss."""
    return await read_form(request)


Typed = Annotated[Form, Depends(_typed)]
ChosenCause = Annotated[str, Query(alias="cause", max_length=40)]


@router.get("/t/{waybill_no}/complaint")
def show_form(asking: Asking, waybill: Waybill, cause: ChosenCause = "") -> Response:
    """The form, or the digits that open it."""
    return _form_page(asking, opened_trace(asking, waybill), cause)


@router.post("/t/{waybill_no}/complaint")
def file_form(asking: Asking, waybill: Waybill, typed: Typed) -> Response:
    """Four digits open the form; the form files a complaint and leads to its case."""
    trace, cause = opened_trace(asking, waybill), typed("cause")[:40]
    number = trace.parcel.waybill_no
    if typed("tail") or not has_pass(asking, trace):
        missed = try_digits(asking, trace, typed("tail"))
        if missed is not None:
            return _form_page(asking, trace, cause, said=missed.said, status=missed.status)
        return enter(
            asking,
            trace,
            f"/t/{number}/complaint" + (f"?cause={cause}" if cause.isascii() and cause.isidentifier() else ""),
        )
    check_form(asking, typed)
    matter = parse_matter(typed("matter"))
    if matter is None:
        return _form_page(asking, trace, cause, said=asking.words("complaint.refused.nothing_chosen"), status=422)
    if asking.door.count_filing(number, asking.host, now=asking.now) is not None:
        return _form_page(asking, trace, cause, said=asking.words("complaint.refused.too_many"), status=429)
    filing = Filing(number, *matter, WEB, asking.now, proof="digits")
    try:
        with transaction(asking.engine) as session:
            filed = file_complaint(session, filing, now=asking.now, chance=randbelow)
            note(session, asking.request, Action.COMPLAINT_FILED, object=filed.case.case_no)
    except ComplaintRefused as refused:
        return _form_page(asking, trace, cause, said=say_refused(asking, refused), status=422)
    return go_to(number, filed.case.case_no)


def opened_trace(asking: Context, waybill: Waybill) -> Trace:
    with reading(asking.engine) as session:
        return trace_of(session, waybill)


def _form_page(asking: Context, trace: Trace, cause: str, *, said: str | None = None, status: int = 200) -> Response:
    number, is_open = trace.parcel.waybill_no, has_pass(asking, trace)
    with reading(asking.engine) as session:
        has_tails = bool(phone_tails(masked_parties_of(session, trace))) and asking.door.secret is not None
        filed = histories_of(session, cases_of_parcel(session, number)).values() if is_open else ()
    cases = tuple(
        CaseLink(
            f"/t/{number}/complaints/{each.case.case_no}",
            f"{write_matter(asking.words, each.case)} · {full_moment(each.case.received_at).text}",
        )
        for each in filed
    )
    view = build_form_view(
        asking.words, trace.parcel, is_open=is_open, has_tails=has_tails, said=said,
        csrf=asking.door.form_token(kept_pass(asking)), cause=cause, cases=cases,
    )  # fmt: skip
    return keep_private(show(asking.request, "complaint_form.html", view, status=status))


def say_refused(asking: Context, refused: ComplaintRefused) -> str:
    return asking.words.find(f"complaint.refused.{refused.code}") or asking.words("complaint.refused.other")


def go_to(number: str, case_no: str) -> Response:
    return RedirectResponse(f"/t/{number}/complaints/{case_no}", 303, headers={"Cache-Control": "no-store"})


def keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
