"""The last word (末次声明): how far the store had come when it last said so, which the broker still keeps.

A database may go back on its own, by a failover to a server that lagged behind or by a snapshot put back. Whoever
begins to record asks first, before saying anything of his own in its place.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from tracker.wire.brokers import Address, parse_addresses
from tracker.wire.enrolment import BrokerLogin
from tracker.wire.receipt import StoreState, verify_store_state
from tracker.wire.signature import NotAJws, VerifyingKey
from tracker.wire.tls import tls_context
from tracker.wire.topics import ROOT, STORE

log = structlog.get_logger()

ANSWERS_WITHIN = 5.0  # seconds
GRACE = 0.5  # seconds that a kept word may come after the answer to the question behind it
ASK_AGAIN = 1.0  # seconds
NOTHING = f"{ROOT}/nothing"  # to subscribe to it no more is answered after what was asked before


def hear_last_word(
    login: BrokerLogin, keys: Iterable[VerifyingKey], *, stop: Event, check: Callable[[], None]
) -> StoreState | None:
    """What the store last said, under one of these keys; None where nothing is kept, or `stop` was set meanwhile.

    Waits for the broker, without which nothing can be recorded; `check` is called meanwhile and may raise.
    """
    while not stop.is_set():
        check()
        for node in parse_addresses(login.url):
            try:
                kept = _Asking(node, login).ask()
            except OSError as error:
                log.info("broker_not_asked", node=f"{node.host}:{node.port}", reason=str(error), retry_in=ASK_AGAIN)
                continue
            try:
                return verify_store_state(kept, {key.kid: key for key in keys}) if kept else None
            except NotAJws:
                log.warning("last_word_not_believed")
                return None
        stop.wait(ASK_AGAIN)
    return None


@dataclass(slots=True)
class _Asking:
    """One connection of its own, under a name that disturbs no tracker's session."""

    node: Address
    login: BrokerLogin
    words: list[bytes] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    heard: Event = field(default_factory=Event)
    answered: Event = field(default_factory=Event)

    def ask(self) -> bytes | None:
        """The kept word. Raises OSError where the node does not answer, or refuses."""
        client = Client(CallbackAPIVersion.VERSION2, client_id=f"ask-{secrets.token_hex(16)}", protocol=MQTTv311)
        client.username_pw_set(self.login.username, self.login.password)
        if self.node.tls:
            client.tls_set_context(tls_context(self.login))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = lambda *_: self.answered.set()
        client.on_message = self._on_message
        client.connect(self.node.host, self.node.port, keepalive=10)
        client.loop_start()
        try:
            in_time = self.answered.wait(ANSWERS_WITHIN)
            if in_time and not self.refusals:
                self.heard.wait(GRACE)
        finally:
            client.disconnect()
            client.loop_stop()
        if self.refusals or not in_time:
            raise ConnectionError(self.refusals[0] if self.refusals else "no answer")
        return self.words[0] if self.words else None

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refuse(str(reason))
        else:
            client.subscribe(STORE, 0)

    def _on_subscribe(self, client: Client, _data: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refuse("the subscription was refused")
        else:
            client.unsubscribe(NOTHING)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.words.append(bytes(message.payload))
        self.heard.set()
        self.answered.set()

    def _refuse(self, reason: str) -> None:
        self.refusals.append(reason)
        self.answered.set()
