"""The review page (消费者评价): the recipient's four digits, then stars and tags; later follow-ups."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from credit_scoring.voices.refusals import Refusal, VoiceRefused
from credit_scoring.voices.reviewing import check_reviewable
from credit_scoring.voices.rules import voice_rules
from credit_scoring.voices.voice_store import thread_of
from tracker.chain.trace import Trace
from tracker.store.database import reading
from tracker.store.registry import carrier_of
from web.accounts.forms import Form, read_form
from web.context import Asking, Context
from web.doors.door import Visit
from web.doors.review_door import ask_code, has_recipient, parse_stars, take_review
from web.pages.frame import show
from web.paths import Waybill
from web.reads import trace_of
from web.views.door_view import say_visit
from web.views.review_view import ReviewStep, build_review_view

router = APIRouter(include_in_schema=False)


async def _form(request: Request) -> Form:
    """What was sent. The digits have no CSRF token: a stranger could only miss; the code is one itself."""
    return await read_form(request)


@router.get("/t/{waybill_no}/review")
def show_review(asking: Asking, waybill: Waybill) -> Response:
    """The form for the digits, or why this parcel is not reviewed."""
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
        known = has_recipient(session, trace) and asking.door.secret is not None
    try:
        check_reviewable(trace.parcel, voice_rules(), now=asking.now)
    except VoiceRefused as refused:
        return _page(asking, trace, ReviewStep.CLOSED, said=_words(asking, refused))
    if not known:
        return _page(asking, trace, ReviewStep.CLOSED, said=asking.words(f"voice_refused.{Refusal.NO_RECIPIENT}"))
    return _page(asking, trace, ReviewStep.DIGITS)


@router.post("/t/{waybill_no}/review")
def take(asking: Asking, waybill: Waybill, form: Annotated[Form, Depends(_form)]) -> Response:
    """Digits: the form for the review. A review: what was recorded, or the form again with what was wrong."""
    with reading(asking.engine) as session:
        trace = trace_of(session, waybill)
    return _take_review(asking, trace, form) if form("code") else _take_digits(asking, trace, form("tail"))


def _take_digits(asking: Context, trace: Trace, typed: str) -> Response:
    try:
        visit, code = ask_code(asking, trace, typed)
    except VoiceRefused as refused:
        return _page(asking, trace, ReviewStep.CLOSED, said=_words(asking, refused), status=422)
    if not code:
        return _shut(asking, trace, visit)
    return _page(asking, trace, ReviewStep.FORM, code=code)


def _shut(asking: Context, trace: Trace, visit: Visit) -> Response:
    said = say_visit(asking.words, visit, wrong="review.wrong_tail") or ""
    answer = _page(asking, trace, ReviewStep.DIGITS, said=said, status=429 if visit.wait else 422)
    if visit.wait is not None:
        answer.headers["Retry-After"] = str(int(visit.wait.total_seconds()) + 1)
    return answer


def _take_review(asking: Context, trace: Trace, form: Form) -> Response:
    told = {name: form(name) for name in form.fields}
    try:
        take_review(asking, trace, form("code"), parse_stars(told), form.all("tag"))
    except VoiceRefused as refused:
        said = _words(asking, refused)
        if refused.code in (Refusal.STARS_INVALID, Refusal.TAGS_INVALID):
            return _page(asking, trace, ReviewStep.FORM, said=said, code=form("code"), form=form, status=422)
        return _page(asking, trace, ReviewStep.DIGITS, said=said, status=422)
    return _page(asking, trace, ReviewStep.DONE)


def _words(asking: Context, refused: VoiceRefused) -> str:
    return asking.words(f"voice_refused.{refused.code}")


def _page(
    asking: Context,
    trace: Trace,
    step: ReviewStep,
    *,
    said: str = "",
    code: str = "",
    form: Form | None = None,
    status: int = 200,
) -> Response:
    parcel, rules = trace.parcel, voice_rules()
    with reading(asking.engine) as session:
        carrier = carrier_of(session, parcel.carrier)
        before = thread_of(session, f"consumer/{parcel.waybill_no}")
    view = build_review_view(
        asking.words, parcel, carrier, step, rules=rules, before=before, said=said, code=code, form=form,
        csrf=asking.csrf, now=asking.now,
    )  # fmt: skip
    answer = show(asking.request, "review.html", view, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
