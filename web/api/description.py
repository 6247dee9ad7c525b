"""The description (接口描述): OpenAPI with what every route really answers, and for whom it is, from web.access."""

import re
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from web.access import ACCESS, SAFE
from web.accounts.audience import Audience
from web.accounts.cookies import SESSION
from web.accounts.forms import HEADER
from web.problems import MEDIA_TYPE

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")
SCHEMES: Json = {
    "session": {
        "type": "apiKey", "in": "cookie", "name": SESSION,
        "description": f"登录会话 a login at /login (over TLS `__Host-{SESSION}`); what changes something also needs "
        f"the session's token as `{HEADER}`",
    },
    "bearer": {
        "type": "http", "scheme": "bearer",
        "description": "接口令牌 an API token, made at /account or by `jixin accounts token`; a route names its scope",
    },
}  # fmt: skip
PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457; `type` never changes its meaning, docs/codes.md lists them",
    "required": ["type", "title", "status"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "pattern": "^urn:jixin:problem:[a-z0-9-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "message"],
                "additionalProperties": False,
                "properties": {
                    "at": {"type": "string"},
                    "message": {"type": "string"},
                    "got": {"type": "string"},
                    "allowed": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


@router.get("/openapi.json")
def show_description(request: Request) -> JSONResponse:
    """The description, built once."""
    app: FastAPI = request.app
    if app.openapi_schema is None:
        app.openapi_schema = declare(get_openapi(title=app.title, version=app.version, routes=app.routes))
    return JSONResponse(app.openapi_schema)


def declare(description: Json) -> Json:
    """The description with each operation's audience, ways in and problems, in place of FastAPI's guesses."""
    components = description.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    for guess in ("HTTPValidationError", "ValidationError"):
        schemas.pop(guess, None)
    components["securitySchemes"] = SCHEMES
    audiences = {re.sub(r":\w+}", "}", path): audience for path, audience in ACCESS.items()}
    for path, operations in description["paths"].items():
        for method in METHODS:
            if method in operations:
                _declare(operations[method], audiences[path], path=path, method=method)
    return description


def _declare(operation: Json, audience: Audience, *, path: str, method: str) -> None:
    operation["x-audience"] = _told(audience)
    if audience.looks:
        ways = [{"session": []}, *([{"bearer": [str(audience.token)]}] if audience.token else [])]
        operation["security"] = [*([{}] if audience.everybody else []), *ways]
    responses = operation["responses"]
    for status in _problems(operation, audience, path=path, method=method):
        told = responses.get(str(status), {}).get("description", "")
        if told in ("", "Validation Error"):
            told = HTTPStatus(status).phrase
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        responses[str(status)] = {"description": told, "content": content}


def _told(audience: Audience) -> Json:
    """Whom the route serves: `everybody`, and the roles that may come in, or on a route for everybody see more."""
    return {
        "everybody": audience.everybody,
        "roles": sorted(audience.roles),
        "token_scope": str(audience.token) if audience.token else None,
        "within_scope": audience.within is not None,
    }


def _problems(operation: Json, audience: Audience, *, path: str, method: str) -> list[int]:
    """The statuses with which the operation may say no."""
    named = {int(status) for status in operation["responses"] if status.isdecimal() and int(status) >= 400}
    always = {400, 503} if path != "/health/live" else {400}
    found = always | named
    if audience.looks:
        found.add(401)
        if not audience.everybody:
            found.add(403)
    if "{" in path:
        found |= {404, 422}
    if method.upper() not in SAFE:
        found |= {413, 422}
    return sorted(found)
