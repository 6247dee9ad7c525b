"""The scheme page (评定方案)."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from credit_scoring.scheme.policy import load_scheme, schemes
from web.context import Asking
from web.pages.frame import show
from web.views.scheme_view import build_scheme_view

router = APIRouter(include_in_schema=False)


@router.get("/schemes")
def show_newest_scheme(request: Request) -> Response:
    """The newest version, in the language that was asked for."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/schemes/{load_scheme().version}{query}", 307)


@router.get("/schemes/{version}")
def show_scheme(asking: Asking, version: str) -> Response:
    """One version's rules."""
    view = build_scheme_view(asking.words, load_scheme(version), versions=schemes())
    return show(asking.request, "scheme.html", view, section="schemes")
