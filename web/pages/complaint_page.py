"""The consumer's complaints (消费者投诉): filed and followed by who knows four digits of the parcel's telephone.

No name, no number and no text is asked for: a category and a cause, the parcel, and the receipt number that is given.
"""

from secrets import randbelow
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from credit_scoring.complaints.acts import find_open_acts, ground_of
from credit_scoring.complaints.case import Kind, Party
from credit_scoring.complaints.codes.channels import WEB
from credit_scoring.complaints.complaint_store import History, cases_of_parcel, histories_of, history_of
from credit_scoring.complaints.handling import act
from credit_scoring.complaints.intake import Filing, file_complaint
from credit_scoring.complaints.receipt_no import parse_receipt_no
from credit_scoring.errors import ComplaintRefused
from tracker.access.audit import Action
from tracker.chain.trace import Trace
from tracker.store.database import reading, transaction
from tracker.store.masked_parties import masked_parties_of, phone_tails
from tracker.store.registry import carriers
from tracker.working_days import local_day_of
from web.accounts.auditing import note
from web.accounts.forms import Form, read_form
from web.context import Asking, Context
from web.digits import check_form, enter, has_pass, kept_pass, try_digits
from web.errors import CaseNotFound
from web.pages.frame import show
from web.paths import CaseNumber, Waybill
from web.reads import find_traces, trace_of
from web.views.complaint_form_view import CaseLink, build_form_view, parse_matter
from web.views.complaint_look_view import LookUpView, OwnCaseView, build_acts
from web.views.complaint_view import build_case_view, write_matter
from web.views.times import full_moment

router = APIRouter(include_in_schema=False)
OWN = frozenset({Kind.SETTLED, Kind.APPEALED, Kind.WITHDRAWN})  # what a consumer may do to a case


async def _typed(request: Request) -> Form:
    """What was typed; behind the door it must hold the pass's own token, before it all it can do is miss."""
    return await read_form(request)


Typed = Annotated[Form, Depends(_typed)]
ChosenCause = Annotated[str, Query(alias="cause", max_length=40)]


@router.get("/t/{waybill_no}/complaint")
def show_form(asking: Asking, waybill: Waybill, cause: ChosenCause = "") -> Response:
    """The form, or the digits that open it."""
    return _form_page(asking, _trace(asking, waybill), cause)


@router.post("/t/{waybill_no}/complaint")
def file_form(asking: Asking, waybill: Waybill, typed: Typed) -> Response:
    """Four digits open the form; the form files a complaint and leads to its case."""
    trace, cause = _trace(asking, waybill), typed("cause")[:40]
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
        return _form_page(asking, trace, cause, said=_say(asking, refused), status=422)
    return _on_to(number, filed.case.case_no)


@router.get("/t/{waybill_no}/complaints/{case_no}")
def show_case(asking: Asking, waybill: Waybill, case_no: CaseNumber) -> Response:
    """How a case stands, for who has opened its parcel."""
    trace = _trace(asking, waybill)
    return _case_page(asking, trace, _history(asking, trace, case_no))


@router.post("/t/{waybill_no}/complaints/{case_no}")
def act_on_case(asking: Asking, waybill: Waybill, case_no: CaseNumber, typed: Typed) -> Response:
    """Four digits open the case; then: content, an appeal, or taken back."""
    trace = _trace(asking, waybill)
    history = _history(asking, trace, case_no)
    if typed("tail") or not has_pass(asking, trace):
        missed = try_digits(asking, trace, typed("tail"))
        if missed is not None:
            return _case_page(asking, trace, history, said=missed.said, status=missed.status)
        return enter(asking, trace, f"/t/{trace.parcel.waybill_no}/complaints/{case_no}")
    check_form(asking, typed)
    kind = next((each for each in OWN if each == typed("act")), None)
    if kind is None:
        return _case_page(asking, trace, history, said=asking.words("complaint.refused.nothing_chosen"), status=422)
    data = {"ground": ground_of(history.standing)} if kind is Kind.APPEALED else {}
    try:
        with transaction(asking.engine) as session:
            act(session, case_no, kind, by=Party.CONSUMER, now=asking.now, data=data)
            note(session, asking.request, Action.COMPLAINT_ACTED, object=f"{case_no} {kind}")
    except ComplaintRefused as refused:
        return _case_page(asking, trace, history, said=_say(asking, refused), status=422)
    return _on_to(trace.parcel.waybill_no, case_no)


@router.get("/complaints")
def show_look_up(asking: Asking) -> Response:
    """Where to look up a case, and which ways there are to complain."""
    return _look_up_page(asking, LookUpView(None, ""))


@router.post("/complaints")
def look_up(asking: Asking, typed: Typed) -> Response:
    """The case of a receipt number and four digits; the same answer for a wrong number and for wrong digits."""
    told = typed("receipt")[:60]
    case_no = parse_receipt_no(told)
    if case_no is None:
        return _look_up_page(asking, LookUpView(asking.words("complaint.look.no_number"), told), 422)
    with reading(asking.engine) as session:
        history = history_of(session, case_no)
        traces = find_traces(session, [history.case.waybill_no]) if history else ()
    if not traces:
        wait = asking.door.count_look_up(asking.host, now=asking.now)
        status = 422 if wait is None else 429
        return _look_up_page(asking, LookUpView(asking.words("complaint.look.no_match"), told), status)
    missed = try_digits(asking, traces[0], typed("tail"))
    if missed is not None:
        said = missed.said if missed.status == 429 else asking.words("complaint.look.no_match")
        return _look_up_page(asking, LookUpView(said, told), missed.status)
    return enter(asking, traces[0], f"/t/{traces[0].parcel.waybill_no}/complaints/{case_no}")


def _trace(asking: Context, waybill: Waybill) -> Trace:
    with reading(asking.engine) as session:
        return trace_of(session, waybill)


def _history(asking: Context, trace: Trace, case_no: str) -> History:
    with reading(asking.engine) as session:
        history = history_of(session, case_no)
    if history is None or history.case.waybill_no != trace.parcel.waybill_no:
        raise CaseNotFound(case_no)
    return history


def _form_page(asking: Context, trace: Trace, cause: str, *, said: str | None = None, status: int = 200) -> Response:
    number, is_open = trace.parcel.waybill_no, has_pass(asking, trace)
    with reading(asking.engine) as session:
        has_tails = bool(phone_tails(masked_parties_of(session, number))) and asking.door.secret is not None
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
    return _private(show(asking.request, "complaint_form.html", view, status=status))


def _case_page(
    asking: Context, trace: Trace, history: History, *, said: str | None = None, status: int = 200
) -> Response:
    number, case_no = trace.parcel.waybill_no, history.case.case_no
    is_open, standing = has_pass(asking, trace), history.standing
    with reading(asking.engine) as session:
        known = carriers(session)
    offered = [each for each in find_open_acts(standing, Party.CONSUMER, local_day_of(asking.now)) if each in OWN]
    still_due = standing.carrier_deadline is not None and standing.answered_at is None and Kind.APPEALED not in offered
    view = OwnCaseView(
        receipt=case_no,
        is_open=is_open,
        said=said,
        action=f"/t/{number}/complaints/{case_no}",
        csrf=asking.door.form_token(kept_pass(asking)),
        case=build_case_view(asking.words, history, party=Party.CONSUMER, known=known, now=asking.now)
        if is_open
        else None,
        acts=build_acts(asking.words, offered),
        appeal_note=asking.words("complaint.appeal_later") if still_due and standing.owed_by else None,
    )
    return _private(show(asking.request, "complaint_case.html", view, status=status))


def _look_up_page(asking: Context, view: LookUpView, status: int = 200) -> Response:
    return _private(show(asking.request, "complaint_look.html", view, status=status))


def _say(asking: Context, refused: ComplaintRefused) -> str:
    return asking.words.find(f"complaint.refused.{refused.code}") or asking.words("complaint.refused.other")


def _on_to(number: str, case_no: str) -> Response:
    return RedirectResponse(f"/t/{number}/complaints/{case_no}", 303, headers={"Cache-Control": "no-store"})


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
