"""A case at the desk (投诉件办理): a carrier answers it, a regulator decides on it; within the account's reach."""

from collections.abc import Mapping

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from credit_scoring.complaints.acts import find_open_acts
from credit_scoring.complaints.case import Kind, Party
from credit_scoring.complaints.complaint_store import History, duplicates_of, histories_of, history_of
from credit_scoring.complaints.handling import act
from credit_scoring.complaints.holders import Proposal, propose_responsible
from credit_scoring.complaints.receipt_no import parse_receipt_no
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
from web.pages.complaint_desk import OWN_PATH, PATH, keep_private, section_of
from web.pages.frame import show
from web.paths import CaseNumber
from web.reads import find_traces
from web.views.complaint_desk_view import build_desk_case_view
from web.views.complaint_form_view import parse_matter

router = APIRouter(include_in_schema=False)


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
    return keep_private(show(asking.request, "complaint_desk.html", view, section=section_of(party), status=status))


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


def _proposal(asking: Context, history: History) -> Proposal:
    case = history.case
    with reading(asking.engine) as session:
        traces = find_traces(session, [case.waybill_no])
    scans = traces[0].scans if traces else ()
    return propose_responsible(scans, case.category, carrier=case.carrier, now=asking.now)
