"""The problems (错误): the one table from errors to HTTP, as problem+json (RFC 9457) or as a page."""

from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from credit_scoring.errors import ArchiveRefused, ComplaintRefused, SchemeUnknown, WindowInvalid
from credit_scoring.governance.objections.refusals import ObjectionRefused
from credit_scoring.voices.refusals import VoiceRefused
from tracker.access.sessions import Standing
from tracker.provenance.digital_link import ProductKeyError
from tracker.provenance.products import ProductConflict
from web import errors
from web.accounts.next_address import HOME, write_next
from web.pages.frame import show, words_of
from web.security import SECURITY_HEADERS
from web.views.division_choices import DivisionChoices, build_division_choices
from web.views.hints import write_hint
from web.views.problem_view import build_problem_view
from web.wrong_parameters import find_wrong

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
JSON_PATHS = ("/api/", "/health/", "/metrics", "/openapi.json")


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error is over HTTP. `name` is public and never changes meaning."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        return f"urn:jixin:problem:{self.name}"


NOT_FOUND = Problem("not-found", 404, "There is nothing at this address")
BAD_REQUEST = Problem("request-malformed", 400, "The request cannot be read")
INVALID = Problem("input-invalid", 422, "A value does not have the form that is asked for")
TOO_LARGE = Problem("body-too-large", 413, "The body is larger than this address takes")
INTERNAL = Problem("internal-error", 500, "We failed; what was recorded is safe")
STORE_AWAY = Problem("store-unreachable", 503, "The store does not answer at the moment; what was recorded is safe")

PROBLEMS: dict[type[Exception], Problem] = {
    errors.ParcelNotFound: Problem("parcel-not-found", 404, "No event of this waybill number is recorded here"),
    errors.EventsArchived: Problem("events-archived", 410, "Events of this parcel are archived, and their proof too"),
    errors.CarrierNotFound: Problem("carrier-not-found", 404, "No carrier has this code or USCC"),
    errors.AccountNotFound: Problem("account-not-found", 404, "No account has this login name"),
    errors.StationNotFound: Problem("station-not-found", 404, "The registry knows no such station"),
    errors.ObjectionNotFound: Problem("objection-not-found", 404, "No objection within your reach has this number"),
    errors.ReviewNotFound: Problem("review-not-found", 404, "No review of this carrier has this number"),
    errors.CaseNotFound: Problem("case-not-found", 404, "No complaint with this number is within your reach"),
    errors.ProductNotFound: Problem("product-not-found", 404, "No product is recorded under this GS1 key"),
    errors.RequestNotFound: Problem("request-not-found", 404, "No rights request has this number"),
    errors.ArchiveNotFound: Problem("archive-not-found", 404, "No archive is kept about this holder"),
    errors.RunNotFound: Problem("run-not-found", 404, "No such run is saved, or none for this period and division"),
    errors.DraftNotFound: Problem("draft-not-found", 404, "Your committee has no draft of this number"),
    SchemeUnknown: Problem("scheme-not-found", 404, "No scheme has this version"),
    errors.RequestMalformed: BAD_REQUEST,
    errors.PageTokenInvalid: Problem("page-token-invalid", 400, "`next` was not given out by this list"),
    errors.CodeMalformed: Problem("code-malformed", 422, "A code is 1 to 64 letters, digits, - and _"),
    errors.WaybillMalformed: Problem("waybill-malformed", 422, "This cannot be a waybill number"),
    ProductKeyError: Problem("product-key-malformed", 422, "This is not a GS1 product key"),
    errors.DivisionUnknown: Problem("division-unknown", 422, "Not a division code of GB/T 2260"),
    errors.CarriersMiscounted: Problem("carriers-miscounted", 422, "Too many carriers, or too few, beside each other"),
    errors.FigureUnknown: Problem("figure-unknown", 422, "This figure cannot be shown by province"),
    WindowInvalid: Problem("window-invalid", 422, "`from` and `to` are not a window of local days"),
    ArchiveRefused: Problem("archive-record-refused", 422, "The archive does not take this; `detail` is the field"),
    ComplaintRefused: Problem("complaint-refused", 422, "This complaint, or this act on it, cannot be taken"),
    ProductConflict: Problem("product-conflict", 409, "Another content is recorded under the same key"),
    errors.LoginRequired: Problem("token-required", 401, "This needs a login, or a bearer token"),
    errors.TokenWrong: Problem("token-wrong", 401, "This bearer token is none in force"),
    errors.ScopeMissing: Problem("scope-missing", 403, "The token has not the scope that this needs"),
    errors.NotAllowed: Problem("not-allowed", 403, "This is not for your account"),
    errors.StandingRequired: Problem("login-unfinished", 403, "The login is not finished: password or second factor"),
    errors.SecondFactorStale: Problem("second-factor-stale", 403, "Show the second factor again"),
    errors.SecondFactorTaken: Problem("second-factor-taken", 409, "A second factor was set up a moment before"),
    errors.FormExpired: Problem("form-expired", 403, "The form is not of this session"),
    errors.TailWrong: Problem("tail-wrong", 403, "Not the last four digits of the recipient's telephone"),
    ObjectionRefused: Problem("objection-refused", 422, "This objection, or this step of it, is not taken"),
    VoiceRefused: Problem("voice-refused", 422, "This review, inspection or rating is not taken"),
    errors.TooBusy: Problem("too-busy", 503, "Too many at once; try again in a moment"),
    errors.ReportKeysMissing: Problem("report-keys-missing", 404, "Reports are signed by another server"),
    errors.ReportUnprintable: Problem("report-unprintable", 503, "No font here has a character of this report"),
    errors.TooManyTries: Problem("too-many-tries", 429, "Too many wrong tries at this parcel from here, or at all"),
    errors.NotReady: Problem("not-ready", 503, "This process cannot answer requests yet"),
    errors.RouteUndeclared: INTERNAL,
    RequestValidationError: INVALID,
    OperationalError: STORE_AWAY,
    PoolTimeout: STORE_AWAY,
    Exception: INTERNAL,
}
HTTP_PROBLEMS: dict[int, Problem] = {
    400: BAD_REQUEST,
    404: NOT_FOUND,
    405: Problem("method-not-allowed", 405, "This address does not take this method"),
    413: TOO_LARGE,
    422: INVALID,
}


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error in the table as the table says."""
    for error in PROBLEMS:
        app.add_exception_handler(error, show_problem)
    app.add_exception_handler(HTTPException, show_problem)


def show_problem(request: Request, error: Exception) -> Response:
    """The error as problem+json for programs, as a page for people."""
    problem = problem_of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", problem=problem.name, error=type(error).__name__)
    headers = dict(getattr(error, "headers", None) or {})
    if not wants_json(request) and (onward := _login_page(request, error)):
        return RedirectResponse(onward, 303, {**SECURITY_HEADERS, "Cache-Control": "no-store"})
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="jixin"'
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "10"
    response = _as_json(request, error, problem) if wants_json(request) else _as_page(request, error, problem)
    response.headers.update({**SECURITY_HEADERS, "Cache-Control": "no-store", **headers})
    return response


def _login_page(request: Request, error: Exception) -> str | None:
    """Where a person goes on who has to log in first, or has not finished."""
    if isinstance(error, errors.LoginRequired):
        return write_next(request, "/login")
    if isinstance(error, errors.StandingRequired):
        return write_next(request, "/login/code") if error.standing is Standing.CODE else HOME
    return None


def problem_of(error: Exception) -> Problem:
    """The table's line for an error, by its nearest class."""
    if isinstance(error, HTTPException):
        known = HTTP_PROBLEMS.get(error.status_code)
        return known or Problem(f"http-{error.status_code}", error.status_code, HTTPStatus(error.status_code).phrase)
    return next(PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS)


def wants_json(request: Request) -> bool:
    """Programs get problem+json: under /api, and wherever HTML is not asked for before JSON."""
    if request.url.path.startswith(JSON_PATHS):
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "text/html" not in accept


def detail_of(error: Exception) -> str | None:
    """What more there is to say, free of anything that must not be said."""
    return getattr(error, "reason", None) or getattr(error, "detail", None) if not _is_ours(error) else None


def _is_ours(error: Exception) -> bool:
    return problem_of(error).status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _as_json(request: Request, error: Exception, problem: Problem) -> Response:
    body: dict[str, object] = {"type": problem.type, "title": problem.title, "status": problem.status}
    detail = detail_of(error)
    if detail and not isinstance(error, HTTPException):
        body["detail"] = detail
    if wrong := find_wrong(error, request.query_params):
        body["errors"] = [each.as_json() for each in wrong]
    if (code := getattr(error, "code", None)) and not _is_ours(error):
        body["code"] = str(code)
    return JSONResponse(body, problem.status, media_type=MEDIA_TYPE)


def _as_page(request: Request, error: Exception, problem: Problem) -> Response:
    words = words_of(request)
    number = error.subject if isinstance(error, errors.ParcelNotFound) else ""
    hint = write_hint(words, number) if number else None
    view = build_problem_view(
        words,
        problem.name,
        problem.status,
        path=request.url.path,
        number=number,
        hint=hint,
        wrong=find_wrong(error, request.query_params),
        divisions=_divisions(request, error),
    )
    return show(request, "problem.html", view, status=problem.status)


def _divisions(request: Request, error: Exception) -> DivisionChoices | None:
    if not isinstance(error, errors.DivisionUnknown):
        return None
    query = request.query_params.multi_items()
    return build_division_choices(words_of(request), error.asked, path=request.url.path, query=query)
