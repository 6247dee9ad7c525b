"""Our own page only (只认本页): which requests may reach the counter's server, and what its answers allow.

The server listens on the counter's machine, where any web page in any browser could call it. So the Host must be one
of ours (DNS rebinding), what changes something must come from our own page (Origin), and the cookie is SameSite=Strict.
"""

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; base-uri 'none';"
        " object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
MAX_BODY = 1024 * 1024  # bytes: a form with a picture


class OwnPage:
    """Lets through what our own page asks of us under one of `hosts` (name:port, as a browser sends it)."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], scheme: str) -> None:
        self.app = app
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"{scheme}://{host}" for host in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self.app if refusal is None else refusal
        await answer(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        if headers.get("host") not in self._hosts:
            return PlainTextResponse("这不是柜台的地址 · not the counter's address\n", 421)
        if method in ("GET", "HEAD"):
            return None
        fetched = headers.get("sec-fetch-site", "same-origin")
        if headers.get("origin") not in self._origins or fetched != "same-origin":
            return PlainTextResponse("只接受柜台页面 · only the counter's own page may ask this\n", 403)
        size = headers.get("content-length", "")
        if not size.isascii() or not size.isdecimal() or int(size) > MAX_BODY:
            return PlainTextResponse("内容过大 · too large\n", 413)
        return None
