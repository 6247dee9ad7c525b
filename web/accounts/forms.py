"""Forms (表单): fields as a browser sends them, and the token that says the form came from us (CSRF)."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs

from fastapi import Request

from web.accounts.uploads import UPLOAD_TYPE, parse_upload
from web.errors import FormExpired, RequestMalformed

FIELD, HEADER = "csrf", "X-CSRF-Token"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class FormSize:
    """How large a form may be."""

    fields: int = 40
    octets: int = 32 * 1024


FORM = FormSize()


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """The fields of a form, and its files; one that is missing is empty."""

    fields: dict[str, list[str]]
    files: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, name: str) -> str:
        return self.fields.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        return self.fields.get(name, [])


async def read_form(request: Request, size: FormSize = FORM) -> Form:
    """The request's form; empty where it sent something else. Raises RequestMalformed."""
    told = request.headers.get("content-type", "")
    kind = told.partition(";")[0].strip().lower()
    if kind not in (FORM_TYPE, UPLOAD_TYPE):
        return Form({})
    body = await request.body()
    try:
        if kind == UPLOAD_TYPE:
            return Form(*parse_upload(told, body))
        if len(body) > size.octets:
            raise ValueError
        return Form(parse_qs(body.decode(), keep_blank_values=True, max_num_fields=size.fields))
    except ValueError as error:
        raise RequestMalformed("a form of this size or encoding") from error


async def check_csrf(request: Request, expected: str, size: FormSize = FORM) -> None:
    """Raises FormExpired unless the form, or the header of a script, holds the token; keeps the form for its route."""
    form = await read_form(request, size)
    given = request.headers.get(HEADER) or form(FIELD)
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode()) or not expected:
        raise FormExpired
    request.state.form = form


def csrf_of_login(cookie: str | None) -> str:
    """The token of the login form for the browser with this cookie; empty without one, which fits nothing."""
    return sha256(f"login form {cookie}".encode("utf-8", "surrogatepass")).hexdigest() if cookie else ""
