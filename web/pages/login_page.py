"""The login pages (登录): password, code, logout. They work without script and say nothing about who exists."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from tracker.access.audit import Action
from tracker.access.sessions import close_session
from tracker.access.tokens import new_token
from tracker.store.database import transaction
from web.accounts.asker import asker_of
from web.accounts.auditing import note
from web.accounts.cookies import LOGIN, SESSION, drop_cookie, read_cookie, set_cookie
from web.accounts.forms import csrf_of_login
from web.accounts.login import Ending, log_in, show_code
from web.accounts.next_address import parse_next
from web.context import Asking
from web.pages.frame import show
from web.views.login_view import build_code_view, build_login_view

router = APIRouter(include_in_schema=False)
STATUS = {Ending.WRONG: HTTPStatus.FORBIDDEN, Ending.EXPIRED: HTTPStatus.FORBIDDEN,
          Ending.LOCKED: HTTPStatus.TOO_MANY_REQUESTS}  # fmt: skip


@router.get("/login")
def show_login(asking: Asking) -> Response:
    """The form; the browser gets the cookie that belongs to it."""
    request = asking.request
    cookie = read_cookie(request, LOGIN) or new_token()
    view = build_login_view(
        asking.words, csrf=csrf_of_login(cookie), onward=parse_next(request.query_params.get("next"))
    )
    response = _page(request, "login.html", view)
    set_cookie(request, response, LOGIN, cookie)
    return response


@router.post("/login")
async def take_login(asking: Asking) -> Response:
    """To what was asked for, or the form again with what was wrong."""
    request, form = asking.request, asking.form
    onward = parse_next(form("next"))
    tried = await log_in(request, form("login"), form("password"))
    if tried.ending is not Ending.DONE:
        view = build_login_view(asking.words, csrf=form("csrf"), onward=onward, login=form("login"), tried=tried)
        return _page(request, "login.html", view, status=STATUS[tried.ending])
    response = _go(onward)
    set_cookie(request, response, SESSION, tried.token)
    drop_cookie(request, response, LOGIN)
    return response


@router.get("/login/code")
def ask_code(asking: Asking) -> Response:
    """The form for the second factor's code."""
    view = build_code_view(asking.words, csrf=asking.csrf, onward=parse_next(asking.request.query_params.get("next")))
    return _page(asking.request, "code.html", view)


@router.post("/login/code")
def take_code(asking: Asking) -> Response:
    """To what was asked for, or the form again."""
    request, form = asking.request, asking.form
    onward = parse_next(form("next"))
    tried = show_code(request, form("code"))
    if tried.ending is not Ending.DONE:
        view = build_code_view(asking.words, csrf=asking.csrf, onward=onward, tried=tried)
        return _page(request, "code.html", view, status=STATUS[tried.ending])
    response = _go(onward)
    set_cookie(request, response, SESSION, tried.token)
    return response


@router.post("/logout")
def log_out(asking: Asking) -> Response:
    """The session is over, here and in the store."""
    session = asker_of(asking.request).session
    if session is not None:
        with transaction(asking.engine) as opened:
            close_session(opened, session.token_hash)
            note(opened, asking.request, Action.LOGOUT)
    response = _go("/login")
    drop_cookie(asking.request, response, SESSION)
    return response


def _go(onward: str) -> RedirectResponse:
    return RedirectResponse(onward, 303, {"Cache-Control": "no-store"})


def _page(request: Request, template: str, view: object, *, status: HTTPStatus = HTTPStatus.OK) -> Response:
    response = show(request, template, view, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
