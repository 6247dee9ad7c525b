"""The credit report as files (信用报告文件): signed JSON and signed PDF, for everybody and for the enterprise."""

from functools import partial
from hashlib import sha256
from typing import Any

import structlog
from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from scanners.label.errors import CharacterMissing, FontUnreadable
from tracker.access.audit import Action
from web.accounts.auditing import record
from web.context import Asking, Context
from web.doors.archive_taking import account_of
from web.errors import ReportUnprintable
from web.paths import CarrierCode, Scope
from web.report.asked import AskedRun, public_base, signed_facts
from web.report.facts import Audience
from web.report.making import SignedFacts, lay_out, make_pdf
from web.report.press import Press, key_of
from web.report.signed import MEDIA_TYPE

router = APIRouter(include_in_schema=False)  # files for people; web.api.carrier_api has the described one
log = structlog.get_logger()
PDF = "application/pdf"
SIGNED: dict[str, Any] = {
    "type": "object",
    "description": "flattened JWS (RFC 7515); the payload is the report, docs/codes.md says its members",
    "required": ["header", "payload", "protected", "signature"],
    "properties": {
        "header": {"type": "object", "properties": {"key_notices": {"type": "array", "items": {"type": "string"}}}},
        **{name: {"type": "string"} for name in ("payload", "protected", "signature")},
    },
}


AS_JSON: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": SIGNED}}},
    304: {"description": "not changed"},
}


@router.get("/carriers/{code}/report.json", response_class=Response)
def show_report_json(asking: Asking, code: CarrierCode, scope: Scope, run: AskedRun = None) -> Response:
    """A carrier's public report in one saved run, as flattened JWS under the tracker's key."""
    return show_signed(asking, signed_facts(asking, code, scope, run))


@router.get("/carriers/{code}/report.pdf", response_class=Response)
async def show_report_pdf(asking: Asking, code: CarrierCode, scope: Scope, run: AskedRun = None) -> Response:
    """The same as PDF/A-3 with a PAdES signature and the JWS attached."""
    return await _pdf(asking, await run_in_threadpool(signed_facts, asking, code, scope, run))


@router.get("/carrier/report.json", response_class=Response)
def show_own_report_json(asking: Asking, scope: Scope, run: AskedRun = None) -> Response:
    """The enterprise's own report, with its archive and its objections' grounds."""
    return show_signed(asking, own_signed_facts(asking, scope, run))


@router.get("/carrier/report.pdf", response_class=Response)
async def show_own_report_pdf(asking: Asking, scope: Scope, run: AskedRun = None) -> Response:
    """The same as PDF."""
    return await _pdf(asking, await run_in_threadpool(own_signed_facts, asking, scope, run))


def own_signed_facts(asking: Context, scope: Scope, run: AskedRun) -> SignedFacts:
    """Of the carrier that the account stands for; that it was seen is on record."""
    code = account_of(asking).scope.carrier or ""
    made = signed_facts(asking, code, scope, run, Audience.ENTERPRISE)
    record(asking.request, Action.REPORT_SEEN, object=f"{code}/{made.facts.run.run_id}")
    return made


def show_signed(asking: Context, made: SignedFacts) -> Response:
    """The JSON file, or 304 where the asker has it."""
    etag = f'"{sha256(made.signed).hexdigest()[:32]}"'
    headers = _headers(made, etag, "json")
    return (
        Response(headers=headers, status_code=304)
        if _has(asking, etag)
        else Response(made.signed, media_type=MEDIA_TYPE, headers=headers)
    )


async def _pdf(asking: Context, made: SignedFacts) -> Response:
    state = asking.request.app.state
    layout = lay_out(made, state.frames.words, base=public_base(asking))
    key = key_of(layout, made.signed)
    etag = f'W/"{key[:32]}"'  # weak: made again, the same report has another signature
    headers = _headers(made, etag, "pdf")
    if _has(asking, etag):
        return Response(headers=headers, status_code=304)
    press: Press = state.press
    try:
        pdf = await press.pdf_of(key, partial(make_pdf, made, layout, state.settings))
    except (CharacterMissing, FontUnreadable) as error:
        log.error("report_unprintable", reason=str(error))
        raise ReportUnprintable from error
    return Response(pdf, media_type=PDF, headers=headers)


def _has(asking: Context, etag: str) -> bool:
    """Whether the asker has it already."""
    told = asking.request.headers.get("if-none-match", "")
    return etag.removeprefix("W/") in [each.strip().removeprefix("W/") for each in told.split(",")]


def _headers(made: SignedFacts, etag: str, ending: str) -> dict[str, str]:
    """The public one may be kept by whoever passes it on, asked about each time: an objection may have moved on."""
    facts = made.facts
    name = f"jixin-report-{facts.carrier.code}-{facts.run.window.from_date}-{facts.run.window.last_day}.{ending}"
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-cache" if facts.is_private else "public, no-cache",
        "ETag": etag,
    }
