"""The desk's views of rights requests (权利请求受理): what waits by its last day, and what may be done with one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from tracker.realname.corrections import MASKS, MOST
from tracker.realname.rights_requests import ExtensionReason, RefusalReason, RequestKind, RightsRequest
from tracker.store.identity_store import RecordLine
from tracker.working_days import local_day_of
from web.views.parts import Chip
from web.views.rights_view import Choices, RequestView, build_request_view, chip_of, kinds_of, requesters_of
from web.views.times import Moment, full_moment
from web.views.vault_view import SealedLine, sealed_line
from web.words import Words


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One request in the list."""

    number: str
    href: str
    kind: str
    chip: Chip
    received: Moment
    due: str


@dataclass(frozen=True, slots=True)
class DeskView:
    """What waits, what was closed lately, and the form that takes one in that came in writing."""

    csrf: str
    said: str
    waiting: tuple[DeskLine, ...]
    closed: tuple[DeskLine, ...]
    overdue: str
    kinds: Choices
    requesters: Choices
    right: Choices
    most: int


@dataclass(frozen=True, slots=True)
class ParcelRecords:
    """A parcel of a request: its sealed records, and where the vault opens them for this request."""

    waybill_no: str
    href: str
    rows: tuple[SealedLine, ...]


@dataclass(frozen=True, slots=True)
class DeskRequestView:
    """One request with what may be done."""

    csrf: str
    said: str
    request: RequestView
    is_open: bool
    is_overdue: bool
    may_extend: bool
    is_deletion: bool
    parcels: tuple[ParcelRecords, ...]
    refusals: Choices
    extensions: Choices


def build_desk_view(
    words: Words, waiting: Sequence[RightsRequest], closed: Sequence[RightsRequest], *, csrf: str, now: datetime,
    said: str = "",
) -> DeskView:  # fmt: skip
    """The list, the next to end first."""
    today = local_day_of(now)
    overdue = sum(each.is_overdue(today) for each in waiting)
    return DeskView(
        csrf=csrf,
        said=words(f"rights.refused.{said}") if said else "",
        waiting=tuple(_line(words, each, now) for each in sorted(waiting, key=lambda each: each.deadline.day)),
        closed=tuple(_line(words, each, now) for each in closed),
        overdue=words.count("requests.overdue", overdue) if overdue else "",
        kinds=kinds_of(words),
        requesters=requesters_of(words),
        right=tuple((name, words(f"content.{name}")) for name in MASKS),
        most=MOST,
    )


def build_desk_request_view(
    words: Words, request: RightsRequest, records: Mapping[str, Sequence[RecordLine]], *, csrf: str, now: datetime,
    said: str = "",
) -> DeskRequestView:  # fmt: skip
    """One request; `said` is the code of what could not be done."""
    is_overdue = request.is_overdue(local_day_of(now))
    return DeskRequestView(
        csrf=csrf,
        said=said,
        request=build_request_view(words, request, now=now),
        is_open=request.is_open,
        is_overdue=is_overdue,
        may_extend=request.is_open and not request.is_extended and not is_overdue,
        is_deletion=request.kind is RequestKind.DELETION,
        parcels=tuple(
            ParcelRecords(number, _vault_href(number, request), tuple(sealed_line(words, each) for each in lines))
            for number, lines in records.items()
        ),
        refusals=tuple((each.value, words(f"refusal.{each}")) for each in RefusalReason),
        extensions=tuple((each.value, words(f"extension.{each}")) for each in ExtensionReason),
    )


def _vault_href(number: str, request: RightsRequest) -> str:
    return "/vault?" + urlencode({"waybill_no": number, "request_no": request.request_no})


def _line(words: Words, request: RightsRequest, now: datetime) -> DeskLine:
    due = request.deadline
    return DeskLine(
        number=request.request_no,
        href=f"/vault/requests/{request.request_no}",
        kind=words(f"rights_kind.{request.kind}"),
        chip=chip_of(words, request, now=now),
        received=full_moment(request.received_at),
        due=words("rights.provisional", day=due.day.isoformat()) if due.provisional else due.day.isoformat(),
    )
