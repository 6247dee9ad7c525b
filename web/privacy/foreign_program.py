"""A program of another make (外来程序): speaks MQTT with a user of ours, over a wire that nobody records."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

HOST = "127.0.0.1"
SECONDS = 30.0


class BrokerSilent(RuntimeError):
    """The broker did not do what it was asked."""


@dataclass(frozen=True, slots=True, repr=False)
class ForeignProgram:
    """One that knows a user and a password."""

    port: int
    user: str
    password: str

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand a message over; returns when the broker has it. Raises BrokerSilent."""
        with self._connected(clean_session=True) as client:
            sent = client.publish(topic, payload, qos=1, retain=retain)
            _drive(client, sent.is_published)

    def leave_a_session(self, topics: list[str]) -> None:
        """Subscribe and go: from now on the broker's disk keeps what is published there, for somebody who never comes
        back. Raises BrokerSilent."""
        with self._connected(clean_session=False) as client:
            granted: list[bool] = []
            client.on_subscribe = lambda *told: granted.extend(not code.is_failure for code in told[3])
            client.subscribe([(topic, 1) for topic in topics])
            _drive(client, lambda: len(granted) == len(topics))
            if not all(granted):
                raise BrokerSilent("the broker lets nobody subscribe")

    @contextmanager
    def _connected(self, *, clean_session: bool) -> Iterator[Client]:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=os.urandom(8).hex(), clean_session=clean_session, protocol=MQTTv311
        )
        client.username_pw_set(self.user, self.password)
        client.connect(HOST, self.port)
        _drive(client, client.is_connected)
        try:
            yield client
        finally:
            client.disconnect()
            client.loop(0.1)


def _drive(client: Client, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        client.loop(0.1)
        if time.monotonic() > deadline:
            raise BrokerSilent("the broker did not answer")
