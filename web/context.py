"""The context (请求上下文): what an endpoint needs of the app and of the asker, in one dependency."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.engine import Engine

from tracker.access.roles import Scope
from tracker.wire.label_token import read_label_secret
from web.accounts.addresses import host_of
from web.accounts.asker import asker_of, scope_of
from web.accounts.forms import Form
from web.doors.door import Door
from web.errors import RequestMalformed
from web.pages.frame import words_of
from web.runs.assessed import LiveAssessments
from web.words import Words

MAX_HOST = 253 + len(":65535")  # RFC 1035 section 2.3.4, as text; a longer one fits no QR code


@dataclass(frozen=True, slots=True)
class Context:
    """One request's surroundings.

    `base` is this installation's public address, else the one that was asked; `host` the network address of who asks.
    """

    request: Request
    engine: Engine
    live: LiveAssessments
    now: datetime
    words: Words
    base: str
    silent_after_hours: int
    door: Door
    host: str

    @property
    def scope(self) -> Scope:
        """How far the asker's account reaches."""
        return scope_of(self.request)

    @property
    def form(self) -> Form:
        """The form that web.access has read and found to be ours."""
        form: Form = self.request.state.form
        return form

    @property
    def csrf(self) -> str:
        """What a form of this session must hold; empty without a session."""
        session = asker_of(self.request).session
        return session.csrf if session else ""


async def _context(request: Request) -> Context:
    state = request.app.state
    if len(request.headers.get("host", "")) > MAX_HOST:
        raise RequestMalformed("a host name has at most 253 characters")
    public: str | None = state.settings.public_url
    return Context(
        request=request,
        engine=state.engine,
        live=state.live,
        now=state.clock(),
        words=words_of(request),
        base=(public or str(request.base_url)).rstrip("/"),
        silent_after_hours=state.settings.silent_after,
        door=Door(read_label_secret(state.settings.label_secret_file), state.engine),
        host=host_of(request),
    )


Asking = Annotated[Context, Depends(_context)]
