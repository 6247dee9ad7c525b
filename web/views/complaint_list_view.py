"""The desk's list of cases (投诉件清单): the first due first, with who must answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from credit_scoring.complaints.case import Party
from credit_scoring.complaints.complaint_store import History
from tracker.store.registry import Carrier
from web.views.complaint_view import (
    Countdown,
    write_chips,
    write_countdown,
    write_matter,
)
from web.views.names import Name, carrier_name
from web.views.parts import Chip, Choice
from web.views.times import Moment, full_moment
from web.words import Words

FILTERS = ("open", "overdue", "appeals", "review", "all")


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in a list."""

    href: str
    receipt: str
    title: str
    carrier: Name
    chips: tuple[Chip, ...]
    countdown: Countdown | None
    received: Moment


@dataclass(frozen=True, slots=True)
class ListView:
    """One page of cases."""

    title: str
    lead: str
    filters: tuple[Choice, ...]
    path: str
    rows: tuple[CaseLine, ...]
    count: str
    csv_href: str | None
    next_href: str | None
    first_href: str
    is_first: bool
    as_of: Moment


def build_list_view(
    words: Words,
    histories: Sequence[History],
    *,
    party: Party,
    path: str,
    chosen: str,
    count: int,
    next_token: str | None,
    is_first: bool,
    known: Mapping[str, Carrier],
    now: datetime,
) -> ListView:
    """The first due first."""
    filters = FILTERS if party is Party.REGULATOR else tuple(each for each in FILTERS if each != "review")
    return ListView(
        title=words(f"complaint.list.{party}"),
        lead=words(f"complaint.list_lead.{party}"),
        filters=tuple(Choice(each, words(f"complaint.filter.{each}"), each == chosen) for each in filters),
        path=path,
        rows=tuple(_line(words, each, path, known, now) for each in histories),
        count=words.count("complaint.cases", count) if count else "",
        csv_href=f"{path}.csv?{urlencode({'show': chosen})}" if party is Party.REGULATOR else None,
        next_href=f"{path}?{urlencode({'show': chosen, 'next': next_token})}" if next_token else None,
        first_href=f"{path}?{urlencode({'show': chosen})}",
        is_first=is_first,
        as_of=full_moment(now),
    )


def _line(words: Words, history: History, path: str, known: Mapping[str, Carrier], now: datetime) -> CaseLine:
    case, standing = history.case, history.standing
    return CaseLine(
        href=f"{path}/{case.case_no}",
        receipt=case.case_no,
        title=write_matter(words, case),
        carrier=carrier_name(words, case.carrier, known.get(case.carrier)),
        chips=tuple(write_chips(words, standing, now)),
        countdown=write_countdown(words, standing, now),
        received=full_moment(case.received_at),
    )


def parse_filter(text: str) -> str:
    """A filter's code; what is none shows what is open."""
    return text if text in FILTERS else FILTERS[0]
