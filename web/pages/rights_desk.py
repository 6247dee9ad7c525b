"""The desk for rights requests (权利请求受理): a vault officer takes them in, extends, grants and refuses them."""

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from tracker.access.audit import Action, Outcome
from tracker.realname.rights_requests import (
    Channel,
    ExtensionReason,
    RefusalReason,
    RequestKind,
    RightsRequest,
    StepRefused,
    answer,
    extend,
    refuse,
)
from tracker.store.database import reading, transaction
from tracker.store.identity_store import records_of
from tracker.store.rights_store import find_closed_requests, find_open_requests, save_request
from tracker.working_days import local_day_of
from web.accounts.auditing import note, record
from web.accounts.cookies import SESSION, read_cookie
from web.context import Asking, Context
from web.doors.rights_intake import RequestRefused, read_told, take_request
from web.doors.vault_door import Erasing, VaultShut, ask_erasure
from web.errors import WaybillMalformed
from web.pages.frame import show
from web.pages.rights_page import Known
from web.paths import parse_spellings
from web.views.rights_desk_view import build_desk_request_view, build_desk_view
from web.views.vault_view import record_id_in

router = APIRouter(include_in_schema=False)
CLOSED = 50  # shown below what waits
MOST_PARCELS = 20  # in one request
STEPS = {
    "extend": Action.RIGHTS_EXTENDED,
    "answer": Action.RIGHTS_ANSWERED,
    "refuse": Action.RIGHTS_REFUSED,
}


@router.get("/vault/requests")
def show_requests(asking: Asking) -> Response:
    """What waits for an answer, the next to end first."""
    record(asking.request, Action.RIGHTS_SEEN)
    return _list(asking)


@router.post("/vault/requests")
def register_request(asking: Asking) -> Response:
    """One that came in writing, whose person the officer has proved."""
    try:
        told = read_told(asking.form)
        numbers = dict.fromkeys(parse_spellings(each)[-1] for each in asking.form("waybill_nos").split())
        if not 1 <= len(numbers) <= MOST_PARCELS:
            raise RequestRefused("parcels_missing")
        made = take_request(asking, asking.request, told, tuple(numbers), Channel.WRITING)
    except WaybillMalformed:
        return _list(asking, said="parcels_missing")
    except RequestRefused as refused:
        return _list(asking, said=refused.code)
    return RedirectResponse(f"/vault/requests/{made.request_no}", 303)


@router.get("/vault/requests/{request_no}")
def show_desk_request(asking: Asking, request: Known) -> Response:
    """One request, its parcels' sealed records, and what may be done."""
    record(asking.request, Action.RIGHTS_SEEN, object=request.request_no)
    return _one(asking, request)


@router.post("/vault/requests/{request_no}")
def take_step(asking: Asking, request: Known) -> Response:
    """Extend, answer or refuse; an answer to a deletion erases the chosen records first."""
    step = asking.form("step")
    try:
        after = _step(asking, request, step)
        with transaction(asking.engine) as session:
            if not save_request(session, after, before=request):
                raise StepRefused("closed")
            note(session, asking.request, STEPS[step], object=request.request_no)
    except VaultShut as shut:
        record(asking.request, STEPS[step], object=request.request_no, outcome=Outcome.REFUSED)
        return _one(asking, request, said=asking.words(f"vault_refused.{shut.code}"))
    except StepRefused as refused:
        return _one(asking, request, said=asking.words(f"step_refused.{refused.code}"))
    return RedirectResponse(f"/vault/requests/{request.request_no}", 303)


def _step(asking: Context, request: RightsRequest, step: str) -> RightsRequest:
    """The request after what the form asks for. Raises StepRefused, VaultShut."""
    try:
        if step == "extend":
            return extend(request, ExtensionReason(asking.form("reason")), today=local_day_of(asking.now))
        if step == "refuse":
            return refuse(request, RefusalReason(asking.form("reason")), at=asking.now)
    except ValueError as error:
        raise error if isinstance(error, StepRefused) else StepRefused("reason_missing") from None
    if step != "answer":
        raise StepRefused("reason_missing")
    granted = answer(request, at=asking.now)
    return _erase(asking, request) if request.kind is RequestKind.DELETION else granted


def _erase(asking: Context, request: RightsRequest) -> RightsRequest:
    """The deletion as answered, once the vault has erased what was ticked."""
    chosen = [found for text in asking.form.all("record_id") if (found := record_id_in(text)) is not None]
    cookie = read_cookie(asking.request, SESSION)
    if not chosen or cookie is None:
        raise StepRefused("records_missing")
    erasing = Erasing(cookie, request.request_no, chosen)
    erased = ask_erasure(asking.request.app.state.settings.vault_dir, erasing)
    return answer(request, at=asking.now, erasure_line=erased.line)


def _list(asking: Context, *, said: str = "") -> Response:
    with reading(asking.engine) as session:
        waiting, closed = find_open_requests(session), find_closed_requests(session, CLOSED)
    view = build_desk_view(asking.words, waiting, closed, csrf=asking.csrf, now=asking.now, said=said)
    page = show(asking.request, "requests.html", view, section="requests", status=422 if said else 200)
    page.headers["Cache-Control"] = "no-store"
    return page


def _one(asking: Context, request: RightsRequest, *, said: str = "") -> Response:
    with reading(asking.engine) as session:
        records = {number: records_of(session, number) for number in request.waybill_nos}
    view = build_desk_request_view(asking.words, request, records, csrf=asking.csrf, now=asking.now, said=said)
    page = show(asking.request, "request.html", view, section="requests", status=422 if said else 200)
    page.headers["Cache-Control"] = "no-store"
    return page
