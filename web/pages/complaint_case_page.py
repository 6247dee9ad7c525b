"""A consumer's own case (投诉进度): looked up by receipt number and four digits, settled, appealed or taken back."""

from fastapi import APIRouter, Response

from credit_scoring.complaints.acts import find_open_acts, ground_of
from credit_scoring.complaints.case import Kind, Party
from credit_scoring.complaints.complaint_store import History, history_of
from credit_scoring.complaints.handling import act
from credit_scoring.complaints.receipt_no import parse_receipt_no
from credit_scoring.errors import ComplaintRefused
from tracker.access.audit import Action
from tracker.chain.trace import Trace
from tracker.store.database import reading, transaction
from tracker.store.registry import carriers
from tracker.working_days import local_day_of
from web.accounts.auditing import note
from web.context import Asking, Context
from web.doors.digits import check_form, enter, has_pass, kept_pass, try_digits
from web.doors.door import parse_tail
from web.errors import CaseNotFound
from web.pages.complaint_page import Typed, go_to, keep_private, opened_trace, say_refused
from web.pages.frame import show
from web.paths import CaseNumber, Waybill
from web.reads import find_traces
from web.views.complaint_look_view import LookUpView, OwnCaseView, build_acts
from web.views.complaint_view import build_case_view

router = APIRouter(include_in_schema=False)
OWN = frozenset({Kind.SETTLED, Kind.APPEALED, Kind.WITHDRAWN})  # what a consumer may do to a case


@router.get("/t/{waybill_no}/complaints/{case_no}")
def show_case(asking: Asking, waybill: Waybill, case_no: CaseNumber) -> Response:
    """How a case stands, for who has opened its parcel."""
    trace = opened_trace(asking, waybill)
    return _case_page(asking, trace, _history(asking, trace, case_no))


@router.post("/t/{waybill_no}/complaints/{case_no}")
def act_on_case(asking: Asking, waybill: Waybill, case_no: CaseNumber, typed: Typed) -> Response:
    """Four digits open the case; then: content, an appeal, or taken back."""
    trace = opened_trace(asking, waybill)
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
        return _case_page(asking, trace, history, said=say_refused(asking, refused), status=422)
    return go_to(trace.parcel.waybill_no, case_no)


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
    if parse_tail(typed("tail")) is None:
        return _look_up_page(asking, LookUpView(asking.words("door.not_four_digits"), told), 422)
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


def _history(asking: Context, trace: Trace, case_no: str) -> History:
    with reading(asking.engine) as session:
        history = history_of(session, case_no)
    if history is None or history.case.waybill_no != trace.parcel.waybill_no:
        raise CaseNotFound(case_no)
    return history


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
    return keep_private(show(asking.request, "complaint_case.html", view, status=status))


def _look_up_page(asking: Context, view: LookUpView, status: int = 200) -> Response:
    return keep_private(show(asking.request, "complaint_look.html", view, status=status))
