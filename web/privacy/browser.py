"""A browser (浏览器): HTTP to one server of this machine, with cookies, and nothing that it adds of its own."""

from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import msgspec

HOST = "127.0.0.1"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass(slots=True)
class Browser:
    """One visitor of the server on `port`."""

    port: int
    token: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        """A page or a file."""
        return self._ask("GET", path, None, {})

    def post_form(self, path: str, **fields: str) -> Answer:
        """A form as a page sends it."""
        told = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(fields).encode(), told)

    def post_json(self, path: str, value: Any) -> Answer:
        """What a page's script sends."""
        return self._ask("POST", path, msgspec.json.encode(value), {"Content-Type": "application/json"})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        line = HTTPConnection(HOST, self.port, timeout=SECONDS)
        own = {"Origin": f"http://{HOST}:{self.port}", "Accept-Encoding": "identity"} | headers
        if self.cookies:
            own["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.token is not None:
            own["Authorization"] = f"Bearer {self.token}"
        try:
            line.request(method, path, body, own)
            answer = line.getresponse()
            for told in answer.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: each.value for name, each in SimpleCookie(told).items()}
            return Answer(answer.status, answer.read())
        finally:
            line.close()
