"""The digits (手机尾号): the pass that four of them give for one parcel, and forms that hold its token."""

import hmac
from dataclasses import dataclass

from fastapi import Response
from fastapi.responses import RedirectResponse

from tracker.chain.trace import Trace
from tracker.store.database import reading
from tracker.store.masked_parties import masked_parties_of, phone_tails
from web.accounts.cookies import is_secure
from web.accounts.forms import FIELD, Form
from web.context import Context
from web.doors.door import NOT_FOUR_DIGITS, OPEN_FOR, parse_tail
from web.errors import FormExpired
from web.views.door_view import say_visit

PASS = "door"  # noqa: S105 the cookie's name


@dataclass(frozen=True, slots=True)
class Missed:
    """What was wrong with the digits, and the status that says so."""

    said: str
    status: int


def kept_pass(asking: Context) -> str | None:
    """What the browser keeps of the digits that were right."""
    return asking.request.cookies.get(PASS)


def has_pass(asking: Context, trace: Trace) -> bool:
    """Whether this parcel is open to the browser."""
    return asking.door.accepts(trace, kept_pass(asking), now=asking.now)


def try_digits(asking: Context, trace: Trace, typed: str) -> Missed | None:
    """None for the right digits; wrong ones are counted as the trace page counts them."""
    with reading(asking.engine) as session:
        tails = phone_tails(masked_parties_of(session, trace))
    tail = parse_tail(typed)
    visit = asking.door.try_tail(trace, tails, tail, asking.host, now=asking.now) if tail else NOT_FOUR_DIGITS
    said = say_visit(asking.words, visit, wrong="door.wrong_tail")
    return None if said is None else Missed(said, 422 if visit.wait is None else 429)


def enter(asking: Context, trace: Trace, page: str) -> Response:
    """On to a page of the parcel, with the pass for a quarter of an hour."""
    answer = RedirectResponse(page, 303, headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        PASS,
        asking.door.pass_of(trace, now=asking.now),
        int(OPEN_FOR.total_seconds()),
        path=f"/t/{trace.parcel.waybill_no}",
        secure=is_secure(asking.request),
        httponly=True,
        samesite="lax",
    )
    return answer


def check_form(asking: Context, typed: Form) -> None:
    """Raises FormExpired unless the form was made for this browser's pass."""
    expected = asking.door.form_token(kept_pass(asking))
    if not expected or not hmac.compare_digest(typed(FIELD).encode("utf-8", "surrogatepass"), expected.encode()):
        raise FormExpired
