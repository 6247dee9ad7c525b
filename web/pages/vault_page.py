"""The vault page (实名保险库): an officer finds a parcel's sealed records and opens one, with a purpose and a case."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tracker.access.audit import Action, Outcome
from tracker.realname.rights_requests import parse_request_no
from tracker.realname.vault import OpeningPurpose
from tracker.store.database import reading
from tracker.store.identity_store import records_of
from tracker.store.parcel_store import parcel_of
from tracker.wire.sealing import PersonalContent
from web.accounts.asker import asker_of
from web.accounts.auditing import record
from web.accounts.cookies import SESSION, read_cookie
from web.context import Asking
from web.doors.vault_door import Opening, VaultShut, ask_vault
from web.pages.frame import show
from web.paths import parse_spellings
from web.views.vault_view import build_vault_view, record_id_in

router = APIRouter(include_in_schema=False)


@router.get("/vault")
def show_vault(
    asking: Asking,
    waybill_no: Annotated[str, Query(max_length=200)] = "",
    request_no: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The search, and a parcel's sealed records; `request_no` is the rights request they are asked for."""
    number = _number_in(waybill_no)
    if number:
        with reading(asking.engine) as session:
            is_known = bool(records_of(session, number)) or parcel_of(session, number) is not None
        # what is no parcel may be a document's number, typed in the wrong field: the audit log keeps it for ever
        record(asking.request, Action.IDENTITIES_LISTED, object=number if is_known else "")
    return _page(asking, number, request_no=parse_request_no(request_no) or "")


@router.post("/vault/open")
def open_identity(asking: Asking) -> Response:
    """One record, opened by the vault, which writes it into its ledger first."""
    form = asking.form
    number = _number_in(form("waybill_no"))
    record_id, cookie = record_id_in(form("record_id")), read_cookie(asking.request, SESSION)
    if record_id is None or cookie is None:
        return _page(asking, number, refused="record_unknown")
    opening = Opening(cookie, record_id, form("purpose"), form("case_no").strip())
    request_no = parse_request_no(opening.case_no) or "" if opening.purpose == OpeningPurpose.RIGHTS_REQUEST else ""
    try:
        content = ask_vault(asking.request.app.state.settings.vault_dir, opening)
    except VaultShut as shut:
        record(asking.request, Action.IDENTITY_OPENED, object=str(record_id), outcome=Outcome.REFUSED)
        return _page(asking, number, refused=shut.code, request_no=request_no)
    record(asking.request, Action.IDENTITY_OPENED, object=str(record_id))
    return _page(asking, number, opened=content, request_no=request_no)


def _number_in(typed: str) -> str:
    """The waybill number as the store writes it; empty where none was typed. Raises WaybillMalformed."""
    return parse_spellings(typed)[-1] if typed else ""


def _page(
    asking: Asking,
    number: str,
    *,
    refused: str | None = None,
    opened: PersonalContent | None = None,
    request_no: str = "",
) -> Response:
    with reading(asking.engine) as session:
        records = records_of(session, number) if number else []
    session_ = asker_of(asking.request).session
    view = build_vault_view(
        asking.words,
        records,
        csrf=session_.csrf if session_ else "",
        waybill_no=number,
        now=asking.now,
        refused=refused,
        opened=opened,
        request_no=request_no,
    )
    response = show(asking.request, "vault.html", view, section="vault", status=200 if refused is None else 403)
    response.headers["Cache-Control"] = "no-store"
    return response
