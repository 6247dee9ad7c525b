"""The desk for complaints (投诉办理): a carrier answers its own cases, a regulator those of its division."""

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from credit_scoring.complaints.acts import find_open_acts
from credit_scoring.complaints.case import Kind, Party
from credit_scoring.complaints.complaint_store import (
    CaseFilter,
    History,
    count_cases,
    duplicates_of,
    find_cases,
    histories_of,
    history_of,
)
from credit_scoring.complaints.handling import act
from credit_scoring.complaints.holders import Proposal, propose_responsible
from credit_scoring.complaints.receipt_no import parse_receipt_no
from credit_scoring.complaints.standing import CaseState
from credit_scoring.errors import ComplaintRefused
from tracker.access.audit import Action
from tracker.store.database import reading, transaction
from tracker.store.registry import Carrier, carriers
from tracker.working_days import local_day_of
from web.accounts.asker import asker_of
from web.accounts.auditing import note, record
from web.accounts.forms import Form
from web.context import Asking, Context
from web.errors import CaseNotFound
from web.page_tokens import parse_page_token, write_page_token
from web.pages.csv_file import BOM, write_harmless
from web.pages.frame import show
from web.paths import CaseNumber
from web.reads import find_traces
from web.views.complaint_desk_view import build_desk_case_view, build_list_view, parse_filter
from web.views.complaint_form_view import parse_matter

router = APIRouter(include_in_schema=False)
LIST, PAGE, AT_ONCE = "complaints", 50, 20_000
OWN_PATH, PATH = "/carrier/complaints", "/regulator/complaints"
COLUMNS = ("case_no", "waybill_no", "carrier", "channel", "channel_asked", "category", "cause", "received_at", "state",
           "owed_by", "due_on", "first_owner", "merged_into")  # fmt: skip

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
    """The same as CSV, up to 20,000 lines."""
    chosen = _filter(asking, Party.REGULATOR, parse_filter(shown))
    record(asking.request, Action.COMPLAINTS_SEEN, object=str(asking.scope))
    with reading(asking.engine) as session:
        numbers = [number for _, number in find_cases(session, chosen, limit=AT_ONCE)]
        found = histories_of(session, numbers)
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(each) for each in found.values())
    headers = {"Content-Disposition": 'attachment; filename="complaints.csv"', "Cache-Control": "no-store"}
    return Response((BOM + file.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get(f"{OWN_PATH}/{{case_no}}")
def show_own_case(asking: Asking, case_no: CaseNumber) -> Response:
    """One of a carrier's cases, with its countdown."""
    return _case(asking, Party.CARRIER, OWN_PATH, case_no)


@router.post(f"{OWN_PATH}/{{case_no}}")
def act_on_own_case(asking: Asking, case_no: CaseNumber) -> Response:
    """Answer it, or hand it on."""
    return _act(asking, Party.CARRIER, OWN_PATH, case_no)


@router.get(f"{PATH}/{{case_no}}")
def show_any_case(asking: Asking, case_no: CaseNumber) -> Response:
    """One case, with whom the scans point at."""
    return _case(asking, Party.REGULATOR, PATH, case_no)


@router.post(f"{PATH}/{{case_no}}")
def act_on_any_case(asking: Asking, case_no: CaseNumber) -> Response:
    """Find, extend, merge, take apart, and what 12315 does."""
    return _act(asking, Party.REGULATOR, PATH, case_no)


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
    return _private(show(asking.request, "complaint_list.html", view, section=_section(party)))


def _case(asking: Context, party: Party, path: str, case_no: str, *, said: str | None = None) -> Response:
    history = _reached(asking, party, case_no)
    if said is None:
        record(asking.request, Action.COMPLAINTS_SEEN, object=case_no)
    standing = history.standing
    with reading(asking.engine) as session:
        alike = [each for each in (standing.merged_into, standing.suspected_of) if each]
        others = histories_of(session, [*alike, *duplicates_of(session, case_no)])
        known = carriers(session)
    view = build_desk_case_view(
        asking.words,
        history,
        party=party,
        path=path,
        csrf=asking.csrf,
        said=said,
        proposal=_proposal(asking, history) if party is Party.REGULATOR else None,
        others=others if party is Party.REGULATOR else {},
        known=known,
        now=asking.now,
    )
    status = 200 if said is None else 422
    return _private(show(asking.request, "complaint_desk.html", view, section=_section(party), status=status))


def _act(asking: Context, party: Party, path: str, case_no: str) -> Response:
    history = _reached(asking, party, case_no)
    offered = find_open_acts(history.standing, party, local_day_of(asking.now))
    kind = next((each for each in offered if each == asking.form("act")), None)
    if kind is None:
        return _case(asking, party, path, case_no, said=asking.words("complaint.refused.not_in_this_state"))
    account = asker_of(asking.request).account
    try:
        with transaction(asking.engine) as session:
            data = _read_act(asking.form, kind, history, carriers(session))
            login = account.login if account else ""
            act(session, case_no, kind, by=party, now=asking.now, account=login, data=data)
            note(session, asking.request, Action.COMPLAINT_ACTED, object=f"{case_no} {kind}")
    except ComplaintRefused as refused:
        said = asking.words.find(f"complaint.refused.{refused.code}") or asking.words("complaint.refused.other")
        return _case(asking, party, path, case_no, said=said)
    return RedirectResponse(f"{path}/{case_no}", 303, headers={"Cache-Control": "no-store"})


def _read_act(form: Form, kind: Kind, history: History, known: Mapping[str, Carrier]) -> dict[str, str]:
    """What the form chose, in codes; what is missing the rules refuse."""
    standing = history.standing
    if kind is Kind.TRANSFERRED:
        return {"to": f"carrier:{form('to')}"} if form("to") in known else {}
    if kind is Kind.FOUND:
        matter = parse_matter(form("matter"))
        if matter is None or form("carrier") not in known:
            return {}
        told = {"carrier": form("carrier"), "effective": form("effective")}
        return told | {"category": matter[0], "cause": matter[1]}
    if kind is Kind.MERGED:
        return {"into": parse_receipt_no(form("into")) or ""}
    if kind is Kind.KEPT_APART:
        return {"other": standing.merged_into or standing.suspected_of or ""}
    return {name: form(name) for name in ("answer", "ground") if form(name)}


def _reached(asking: Context, party: Party, case_no: str) -> History:
    """The case, if it lies within the asker's scope; the same answer where there is none."""
    with reading(asking.engine) as session:
        history = history_of(session, case_no)
    if history is None:
        raise CaseNotFound(case_no)
    scope, case = asking.scope, history.case
    if party is Party.CARRIER:
        own = f"carrier:{scope.carrier}"
        inside = scope.carrier == case.carrier or own in (case.first_owner, history.standing.holder)
    else:
        inside = scope.prefix is None or (case.division or "").startswith(scope.prefix)
    if not inside:
        raise CaseNotFound(case_no)
    return history


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


def _proposal(asking: Context, history: History) -> Proposal:
    case = history.case
    with reading(asking.engine) as session:
        traces = find_traces(session, [case.waybill_no])
    scans = traces[0].scans if traces else ()
    return propose_responsible(scans, case.category, carrier=case.carrier, now=asking.now)


def _parse_place(next_: str | None) -> tuple[int, str] | None:
    if not next_:
        return None
    due, _, number = parse_page_token(LIST, next_).partition(" ")
    return (min(int(due), 3_652_059), number) if due.isdigit() and int(due) > 0 else None


def _section(party: Party) -> str:
    return "own_cases" if party is Party.CARRIER else "cases"


def _cells(history: History) -> list[str]:
    case, standing = history.case, history.standing
    deadline = standing.deadline
    told = (
        case.case_no, case.waybill_no, case.carrier, case.channel, case.channel_asked, case.category, case.cause,
        case.received_at.isoformat(), standing.state, standing.owed_by or "", deadline.day if deadline else "",
        case.first_owner, standing.merged_into or "",
    )  # fmt: skip
    return [write_harmless(str(each)) for each in told]


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
