"""The views of rights requests (权利请求): the form, how one stands, and its letter of answer."""

from dataclasses import dataclass
from datetime import datetime

from tracker.realname.corrections import MOST
from tracker.realname.rights_requests import Requester, RequestKind, RequestState, RightsRequest
from tracker.working_days import count_working_days, local_day_of
from web.views.parts import Chip, Waybill, write_waybill
from web.views.times import Moment, full_moment, write_day
from web.words import Words

TONES = {RequestState.ANSWERED: "", RequestState.REFUSED: "warn"}
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RightsFormView:
    """The form: `said` is what was missing, `advice` what to do; what was typed of the person is not shown again."""

    said: str
    kinds: Choices
    requesters: Choices
    kind: str
    waybill_no: str
    most: int
    number: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request as the public sees it who has its number. `letter` is empty until it is answered or refused."""

    number: str
    kind: str
    requester: str
    parcels: tuple[Waybill, ...]
    received: Moment
    chip: Chip
    due: str
    left: str
    note: str
    letter: tuple[str, ...]
    closed: str


def build_rights_form(
    words: Words, *, said: str = "", kind: str = "", waybill_no: str = "", number: str = ""
) -> RightsFormView:
    """The empty form, or as it came back; `number` as somebody typed one to look up."""
    return RightsFormView(
        said=words(f"rights.refused.{said}") if said else "",
        kinds=kinds_of(words),
        requesters=requesters_of(words),
        kind=kind if kind in set(RequestKind) else RequestKind.ACCESS,
        waybill_no=waybill_no,
        most=MOST,
        number=number,
    )


def build_request_view(words: Words, request: RightsRequest, *, now: datetime) -> RequestView:
    """How a request stands today."""
    due = request.deadline
    end = write_day(words, due.day)
    return RequestView(
        number=request.request_no,
        kind=words(f"rights_kind.{request.kind}"),
        requester=words(f"requester.{request.requester}"),
        parcels=tuple(write_waybill(each) for each in request.waybill_nos),
        received=full_moment(request.received_at),
        chip=chip_of(words, request, now=now),
        due=words("rights.provisional", day=end) if due.provisional else end,
        left=_left(words, request, now=now),
        note=words(f"extension.{request.reason}") if request.state is RequestState.EXTENDED else "",
        letter=_letter(words, request),
        closed=write_day(words, local_day_of(request.closed_at)) if request.closed_at else "",
    )


def chip_of(words: Words, request: RightsRequest, *, now: datetime) -> Chip:
    """Its state, and that it is overdue."""
    if request.is_overdue(local_day_of(now)):
        return Chip(words("rights.overdue"), "bad")
    return Chip(words(f"rights_state.{request.state}"), TONES.get(request.state, "note"))


def kinds_of(words: Words) -> Choices:
    return tuple((each.value, words(f"rights_kind.{each}")) for each in RequestKind)


def requesters_of(words: Words) -> Choices:
    return tuple((each.value, words(f"requester.{each}")) for each in Requester)


def _left(words: Words, request: RightsRequest, *, now: datetime) -> str:
    today = local_day_of(now)
    if not request.is_open:
        return ""
    if request.is_overdue(today):
        return words("rights.complain")
    return words.count("rights.left", count_working_days(today, request.deadline.day))


def _letter(words: Words, request: RightsRequest) -> tuple[str, ...]:
    """What was decided and on what basis; where it was refused, where to turn (Art. 50, 65)."""
    if request.state is RequestState.REFUSED:
        return (words(f"refusal.{request.reason}"), words("rights.remedy"))
    if request.state is not RequestState.ANSWERED:
        return ()
    said = words(f"answered.{request.kind}")
    if request.erasure_line is None:
        return (said,)
    return (said, words("rights.certificate", line=request.erasure_line))
