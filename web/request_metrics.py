"""Request metrics (请求计量): how many requests, how fast, by route and never by what was asked for.

The access log (访问日志) is here for the same reason: an address may hold a waybill number or a telephone's digits.
"""

import time
from http import HTTPMethod

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.api.metrics import Metrics

log = structlog.get_logger()

UNMATCHED = "unmatched"
OTHER = "OTHER"
WATCHERS = ("/health/", "/metrics")  # asked every few seconds by machines
_METHODS = frozenset(method.value for method in HTTPMethod)


class RequestMetrics:
    """Counts each answer and times it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, start = 500, time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            route = getattr(scope.get("route"), "path", UNMATCHED)
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            seconds = time.perf_counter() - start
            self.metrics.requests.labels(method, route, str(status)).inc()
            self.metrics.seconds.labels(method, route).observe(seconds)
            told = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
            if route.startswith(WATCHERS):
                log.debug("request_answered", **told)
            else:
                log.info("request_answered", **told)
