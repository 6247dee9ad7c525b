"""The desk for complaints (投诉办理): a carrier answers its own cases, a regulator those of its division."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from credit_scoring.complaints.case import Party
from credit_scoring.complaints.complaint_lists import CaseFilter, count_cases, find_cases
from credit_scoring.complaints.complaint_store import histories_of
from credit_scoring.complaints.standing import CaseState
from tracker.access.audit import Action
from tracker.store.database import reading
from tracker.store.registry import carriers
from tracker.working_days import local_day_of
from web.accounts.auditing import record
from web.context import Asking, Context
from web.page_tokens import parse_page_token, write_page_token
from web.pages.complaint_file import write_complaints_csv
from web.pages.frame import show
from web.pages.table_file import CSV, answer_file
from web.views.complaint_list_view import build_list_view, parse_filter

router = APIRouter(include_in_schema=False)
LIST, PAGE, AT_ONCE = "complaints", 50, 20_000
OWN_PATH, PATH = "/carrier/complaints", "/regulator/complaints"

Shown = Annotated[str, Query(alias="show", max_length=20)]
Next = Annotated[str | None, Query(alias="next", max_length=256)]


@router.get(OWN_PATH)
def show_own(asking: Asking, shown: Shown = "", next_: Next = None) -> Response:
    """A carrier's cases, the first due first."""
    return _list(asking, Party.CARRIER, OWN_PATH, shown, next_)


@router.get(PATH)
def show_all(asking: Asking, shown: Shown = "", next_: Next = None) -> Response:
    """The cases of a regulator's division, the first due first."""
    return _list(asking, Party.REGULATOR, PATH, shown, next_)


@router.get(f"{PATH}.csv")
def export_all(asking: Asking, shown: Shown = "") -> Response:
    """The same as CSV in the page's language, up to 20,000 lines."""
    chosen = _filter(asking, Party.REGULATOR, parse_filter(shown))
    record(asking.request, Action.COMPLAINTS_SEEN, object=str(asking.scope))
    with reading(asking.engine) as session:
        numbers = [number for _, number in find_cases(session, chosen, limit=AT_ONCE)]
        found, known = histories_of(session, numbers), carriers(session)
    content = write_complaints_csv(asking.words, found.values(), known, as_of=asking.now)
    return keep_private(answer_file(content, "complaints.csv", CSV))


def _list(asking: Context, party: Party, path: str, shown: str, next_: str | None) -> Response:
    asked = parse_filter(shown)
    chosen = _filter(asking, party, asked)
    after = _parse_place(next_)
    record(asking.request, Action.COMPLAINTS_SEEN, object=str(asking.scope))
    with reading(asking.engine) as session:
        places = find_cases(session, chosen, after=after, limit=PAGE + 1)
        found = histories_of(session, [number for _, number in places[:PAGE]])
        count, known = count_cases(session, chosen), carriers(session)
    last = places[PAGE - 1] if len(places) > PAGE else None
    view = build_list_view(
        asking.words,
        list(found.values()),
        party=party,
        path=path,
        chosen=asked,
        count=count,
        next_token=write_page_token(LIST, f"{last[0]} {last[1]}") if last else None,
        is_first=after is None,
        known=known,
        now=asking.now,
    )
    return keep_private(show(asking.request, "complaint_list.html", view, section=section_of(party)))


def _filter(asking: Context, party: Party, shown: str) -> CaseFilter:
    scope = asking.scope
    return CaseFilter(
        carrier=scope.carrier if party is Party.CARRIER else None,
        division=scope.prefix if party is Party.REGULATOR else None,
        state=CaseState.AT_REGULATOR if shown == "appeals" else None,
        overdue_on=local_day_of(asking.now) if shown == "overdue" else None,
        suspected=shown == "review",
        open_only=shown == "open",
    )


def _parse_place(next_: str | None) -> tuple[int, str] | None:
    if not next_:
        return None
    due, _, number = parse_page_token(LIST, next_).partition(" ")
    return (min(int(due), 3_652_059), number) if due.isdigit() and int(due) > 0 else None


def section_of(party: Party) -> str:
    return "own_cases" if party is Party.CARRIER else "cases"


def keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
