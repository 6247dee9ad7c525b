"""The scheme page (评定方案)."""

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from credit_scoring.scheme.scheme_store import schemes_of
from tracker.store.database import reading
from tracker.working_days import local_day_of
from web.context import Asking
from web.pages.frame import show
from web.views.scheme_view import build_scheme_view

router = APIRouter(include_in_schema=False)


@router.get("/schemes")
def show_scheme_of_today(asking: Asking) -> Response:
    """The nation's version of today, in the language that was asked for."""
    with reading(asking.engine) as session:
        scheme = schemes_of(session).on(local_day_of(asking.now))
    query = f"?{asking.request.url.query}" if asking.request.url.query else ""
    return RedirectResponse(f"/schemes/{scheme.version}{query}", 307)


@router.get("/schemes/{version}")
def show_scheme(asking: Asking, version: str) -> Response:
    """One version's rules."""
    with reading(asking.engine) as session:
        schemes = schemes_of(session)
    view = build_scheme_view(asking.words, schemes.of(version), schemes=schemes)
    return show(asking.request, "scheme.html", view, section="schemes")
