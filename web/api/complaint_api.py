"""Complaints of other lines (投诉接入): hotlines, platforms and carriers hand theirs in; the bulletin as JSON."""

from secrets import randbelow
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, StringConstraints

from credit_scoring.complaints.bulletin import Line, Rate
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.codes.channels import channels
from credit_scoring.complaints.complaint_store import history_of
from credit_scoring.complaints.intake import Filing, Outcome, file_complaint
from credit_scoring.complaints.standing import CaseState
from credit_scoring.errors import ComplaintRefused
from tracker.access.audit import Action
from tracker.access.roles import Role
from tracker.store.database import transaction
from tracker.store.parcel_store import parcels_of
from web.accounts.asker import asker_of
from web.accounts.auditing import note
from web.api.shapes import Shape, Time
from web.context import Asking, Context
from web.pages.bulletin_page import bulletin_of
from web.paths import parse_spellings

router = APIRouter(tags=["complaints"])
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class ComplaintIn(Shape):
    """One complaint. `source_ref` is the channel's own number: the same again changes nothing. No text is taken.

    `carrier` where the parcel is not recorded here, or another carrier that had it is meant; `division` where the
    rules of another place than its destination hold.
    """

    channel: Code
    source_ref: Code
    waybill_no: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    category: Category
    cause: Cause
    received_at: AwareDatetime
    carrier: Code | None = None
    division: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None


class ComplaintOut(Shape):
    """The receipt number, where the case stands, and by when the next answer is due."""

    case_no: str
    outcome: Outcome
    channel: str
    state: CaseState
    due_on: str | None
    is_provisional: bool
    merged_into: str | None


class RateOut(Shape):
    """In a million parcels, to the hundredth, as text; with its 95 % interval."""

    value: str | None
    interval: list[str] | None


class LineOut(Shape):
    """One carrier's month; `carrier` null is everybody's."""

    carrier: str | None
    parcels: int
    complaints: int
    appeals: int
    appeals_per_million: RateOut
    effective: int
    effective_per_million: RateOut
    late: int
    settled: int
    judged: int
    appeals_by_category: dict[Category, int]
    effective_by_category: dict[Category, int]


class BulletinOut(Shape):
    """A month's figures as they stand at `as_of`."""

    month: str
    as_of: Time
    total: LineOut
    carriers: list[LineOut]


@router.post(
    "/api/v1/complaints",
    status_code=201,
    responses={200: {"model": ComplaintOut, "description": "It was handed in before"}},
)
def record_complaint(asking: Asking, response: Response, body: ComplaintIn) -> ComplaintOut:
    """Take a complaint of a channel that the account speaks for: 201, or 200 where it is known; 422 with its code."""
    with transaction(asking.engine) as session:
        spellings = parse_spellings(body.waybill_no)
        number = next(iter(parcels_of(session, spellings)), spellings[-1])
        filed = file_complaint(session, _filing(asking, body, number), now=asking.now, chance=randbelow)
        note(session, asking.request, Action.COMPLAINT_FILED, object=filed.case.case_no)
        history = history_of(session, filed.case.case_no)
    assert history is not None, "it was written in the same transaction"
    response.status_code = 201 if filed.outcome is Outcome.FILED else 200
    standing = history.standing
    deadline = standing.deadline
    return ComplaintOut(
        case_no=filed.case.case_no,
        outcome=filed.outcome,
        channel=filed.case.channel,
        state=standing.state,
        due_on=deadline.day.isoformat() if deadline else None,
        is_provisional=deadline.provisional if deadline else False,
        merged_into=standing.merged_into,
    )


@router.get("/api/v1/complaints/bulletin")
def show_bulletin(
    asking: Asking, month: Annotated[str | None, Query(max_length=7, description="YYYY-MM")] = None
) -> BulletinOut:
    """The figures of a month, by default the last whole one."""
    bulletin, _ = bulletin_of(asking, month)
    return BulletinOut(
        month=bulletin.month,
        as_of=bulletin.as_of,
        total=_line(bulletin.total),
        carriers=[_line(each) for each in bulletin.lines],
    )


def _filing(asking: Context, body: ComplaintIn, number: str) -> Filing:
    """What is told, by somebody who may speak for the channel. Raises ComplaintRefused: `channel_not_yours`."""
    account, channel = asker_of(asking.request).account, channels().get(body.channel)
    assert account is not None, "web.access lets nobody else through"
    may = channel is not None and (account.role is Role.ADMINISTRATOR or account.role in channel.entered_by)
    own, platform = account.scope.carrier, account.scope.platform
    if not may or (own is not None and body.carrier not in (None, own)):
        raise ComplaintRefused("channel_not_yours", "the account does not speak for this channel or carrier")
    whose = own or platform  # many share these two channels, each with numbers of its own
    return Filing(
        waybill_no=number,
        category=body.category,
        cause=body.cause,
        channel=body.channel,
        received_at=body.received_at,
        source_ref=f"{whose}-{body.source_ref}" if whose else body.source_ref,
        carrier=own or body.carrier,
        division=body.division,
        first_asked=f"platform:{platform}" if platform else None,
        entered_by=account.login,
    )


def _line(line: Line) -> LineOut:
    return LineOut(
        carrier=line.carrier,
        parcels=line.parcels,
        complaints=line.complaints,
        appeals=line.appeals,
        appeals_per_million=_rate(line.appeal_rate),
        effective=line.effective,
        effective_per_million=_rate(line.effective_rate),
        late=line.late,
        settled=line.settled,
        judged=line.judged,
        appeals_by_category=dict(line.by_category),
        effective_by_category=dict(line.effective_by),
    )


def _rate(rate: Rate) -> RateOut:
    if rate.value is None:
        return RateOut(value=None, interval=None)
    return RateOut(value=str(rate.value), interval=[str(rate.low), str(rate.high)])
