"""Why a station has no connection (连接故障): said once, to whoever stands at the counter."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from threading import Event, Thread

from scanners.publisher import Publisher
from tracker.wire.brokers import parse_addresses
from tracker.wire.enrolment import BrokerLogin
from tracker.wire.tls import tls_context

PATIENCE = 10.0  # seconds without a connection before that is worth a word
LOOK_EVERY = 0.5
KNOCK_TIMEOUT = 3.0


class ConnectionWatch:
    """Looks at a publisher on a thread of its own from `start` to `stop`; warns once of each thing that is wrong."""

    def __init__(self, publisher: Publisher, *, warn: Callable[[str], None]) -> None:
        self.publisher, self.warn = publisher, warn
        self._said: set[str] = set()
        self._ended = Event()
        self._thread = Thread(target=self._run, name="connection-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, left: int = 0) -> None:
        """Ends the watch; where scans are left, says why now at the latest."""
        self._ended.set()
        self._thread.join()
        if left:
            self._tell()

    def _run(self) -> None:
        since = time.monotonic()
        while not self._ended.wait(LOOK_EVERY):
            if self.publisher.connected.is_set():
                since = time.monotonic()
            elif time.monotonic() - since >= PATIENCE:
                self._tell()

    def _tell(self) -> None:
        kind = self._kind()
        if kind not in self._said:
            self._said.add(kind)
            self.warn(self._word(kind))

    def _kind(self) -> str:
        if self.publisher.connected.is_set():
            return "unanswered"
        return "turned away" if self.publisher.turned_away else "away"

    def _word(self, kind: str) -> str:
        url, held = self.publisher.url, self.publisher.refusal
        if kind == "unanswered" and held:
            return f"! 未被接受，已留存 not taken, kept here: {held}"
        if kind == "unanswered":
            return "! 已连上消息代理，没有等到回执 connected to the broker, and no receipt came: does the tracker run?"
        if kind == "turned away":
            return f"! {turned_away(url)}"
        return f"! {no_connection(url, self.publisher.enrolment.broker)}；扫描已存盘 scans are kept here"


def turned_away(url: str) -> str:
    """What to say where the broker does not take a login."""
    return (
        f"消息代理不再接受此终端的登录，可能已被注销，请重新入网 · the broker at {url} does not take this login"
        " any more; it may have been revoked: enrol again with `jixin enrol`"
    )


def no_connection(url: str, login: BrokerLogin) -> str:
    """What to say where the broker is away, with the reason that the network gives now."""
    return f"连不上消息代理 no connection to the broker at {url} ({find_fault(url, login)})"


def find_fault(url: str, login: BrokerLogin) -> str:
    """Why no node of a broker answers, by knocking once at each."""
    faults = []
    for node in parse_addresses(url):
        try:
            with ExitStack() as stack:
                plain = stack.enter_context(socket.create_connection((node.host, node.port), KNOCK_TIMEOUT))
                if node.tls:
                    stack.enter_context(tls_context(login).wrap_socket(plain, server_hostname=node.host))
        except OSError as error:
            faults.append(getattr(error, "verify_message", "") or error.strerror or type(error).__name__)
    return "; ".join(dict.fromkeys(faults)) or "no answer"
