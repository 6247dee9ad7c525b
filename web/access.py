"""The access table (访问权限): every route and who may use it. A route that is not named here answers nobody."""

import hmac
from base64 import b64decode
from enum import StrEnum
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from web.errors import RequestMalformed, RouteUndeclared, TokenRequired, TokenWrong


class Who(StrEnum):
    """Whom a route serves."""

    PUBLIC = "public"  # everybody, the same
    PUBLIC_MORE_FOR_ADMIN = "public_more_for_admin"  # everybody; the administrator sees more
    ADMIN = "admin"  # the bearer of the token in $JIXIN_DATA_DIR/admin-token
    ADMIN_PAGE = "admin_page"  # the same; a browser may send the token as the password of HTTP Basic, to read only


class Role(StrEnum):
    """Who is asking."""

    ANYONE = "anyone"
    ADMIN = "admin"


ACCESS: dict[str, Who] = {
    "/": Who.PUBLIC,
    "/t/{waybill_no}": Who.PUBLIC,
    "/t/{waybill_no}/qr.svg": Who.PUBLIC,
    "/t/{waybill_no}/qr.png": Who.PUBLIC,
    "/rankings": Who.PUBLIC,
    "/rankings.csv": Who.PUBLIC,
    "/carriers/{code}": Who.PUBLIC,
    "/carriers/{code}/parcels": Who.PUBLIC,
    "/schemes": Who.PUBLIC,
    "/schemes/{version}": Who.PUBLIC,
    "/01/{key:path}": Who.PUBLIC,
    "/qr/svg/01/{key:path}": Who.PUBLIC,
    "/qr/png/01/{key:path}": Who.PUBLIC,
    "/static": Who.PUBLIC,
    "/favicon.ico": Who.PUBLIC,
    "/openapi.json": Who.PUBLIC,
    "/api/v1/parcels/{waybill_no}/trace": Who.PUBLIC,
    "/api/v1/parcels/{waybill_no}/proof": Who.PUBLIC_MORE_FOR_ADMIN,
    "/api/v1/rankings/carriers": Who.PUBLIC,
    "/api/v1/carriers/{code}/credit": Who.PUBLIC,
    "/api/v1/quarantine": Who.ADMIN,
    "/api/v1/products": Who.ADMIN,
    "/api/v1/devices": Who.ADMIN,
    "/api/v1/stations/{carrier}/{station}": Who.ADMIN,
    "/regulator/devices": Who.ADMIN_PAGE,
    "/health/live": Who.PUBLIC,
    "/health/ready": Who.PUBLIC,
    "/metrics": Who.PUBLIC,
}


async def check_access(request: Request) -> None:
    """Let the request through to its route, or raise; leaves the asker's role in `request.state.role`."""
    if "\0" in request.url.path or "%00" in request.url.query:
        raise RequestMalformed("a NUL character")
    who = ACCESS.get(getattr(request.scope.get("route"), "path", ""))
    if who is None:
        raise RouteUndeclared
    request.state.role = Role.ANYONE
    if who is Who.PUBLIC:
        return
    token = _bearer_of(request)
    if token is None and who is Who.ADMIN_PAGE and request.method in ("GET", "HEAD"):
        token = _password_of(request)
    if token is None:
        if who in (Who.ADMIN, Who.ADMIN_PAGE):
            raise TokenRequired
        return
    if not await run_in_threadpool(is_admin_token, token, request.app.state.settings.admin_token_file):
        raise TokenWrong
    request.state.role = Role.ADMIN


def role_of(request: Request) -> Role:
    """Who is asking, as check_access found."""
    role: Role = request.state.role
    return role


def is_admin_token(token: str, file: Path) -> bool:
    """Whether this is the token in the file, compared in constant time; no file or an empty one fits nothing."""
    try:
        expected = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return False
    return bool(expected) and hmac.compare_digest(token.encode(), expected.encode())


def _bearer_of(request: Request) -> str | None:
    """The bearer token that was sent; other schemes are not for us."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _password_of(request: Request) -> str | None:
    """The password of HTTP Basic (RFC 7617), whoever's it is said to be.

    Browsers send it with requests that other sites began, so it opens nothing that changes anything.
    """
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        _, _, password = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return password
