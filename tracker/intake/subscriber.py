"""The subscriber (订阅端): the tracker's one connection to the broker. MQTT stops here."""

import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Timer
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tracker.intake.delivery import Delivery
from tracker.intake.inbox import Inbox
from tracker.intake.seldom import Seldom
from tracker.wire.brokers import Nodes, parse_addresses
from tracker.wire.topics import ALL_IDENTITIES, ALL_SCANS, ALL_STATUS, ROOT, SHARED, STORE, Channel, Post, parse_topic

log = structlog.get_logger()

KEEPALIVE = 60
ASK_AGAIN = 1.0  # seconds after a subscription was refused
PUBACK, PUBACK_FRAME = 0x40, struct.Struct(">BBH")
FLUSH = 5.0  # seconds in which the broker must answer the last question
LAST_QUESTION = f"{ROOT}/nothing"  # to subscribe to it no more; nobody ever does


@dataclass(slots=True)
class Subscriber:
    """Takes messages in and gives acknowledgements and receipts out.

    The session is persistent and its client id a stored secret: whoever connects with it throws the tracker off.
    Nothing is acknowledged by receiving it; `acknowledge` does that after the commit.
    """

    url: str
    username: str
    password: str
    client_id: str
    inbox: Inbox
    tls: ssl.SSLContext | None = None  # for mqtts://; None trusts the system's authorities
    on_status: Callable[[Post, bytes, bool], None] = lambda _post, _payload, _retained: None
    may_connect: Callable[[], bool] = lambda: True  # two under one client id would throw each other off for ever
    shared: bool = False  # with other workers: a broker that knows $share gives each message to one of them
    connected: Event = field(default_factory=Event)
    connections: int = 0  # on which the broker has granted the subscription
    _nodes: Nodes = field(init=False)
    _answered: Event = field(default_factory=Event)  # the last question
    _client: Client | None = None
    _connection: int = 0
    _waiting: set[int] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _seldom: Seldom = field(default_factory=lambda: Seldom(time.monotonic))

    def __post_init__(self) -> None:
        self._nodes = Nodes(parse_addresses(self.url))

    def start(self) -> None:
        """Connect and stay connected, on a thread of paho's; returns at once, also while the broker is away."""
        address = self._nodes.present
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            clean_session=False,
            protocol=MQTTv311,
            manual_ack=True,
        )
        client.username_pw_set(self.username, self.password)
        if address.tls:
            client.tls_set_context(self.tls or ssl.create_default_context())
        client.on_pre_connect = self._on_pre_connect
        client.on_socket_open = _send_at_once
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = lambda *_: self._answered.set()
        client.on_disconnect = self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_message = self._on_message
        client.reconnect_delay_set(1, 10)
        self._client = client
        client.connect_async(address.host, address.port, KEEPALIVE)
        client.loop_start()

    def stop(self) -> bool:
        """Close the connection once the broker has every acknowledgement and receipt; whether it said so in time.

        It keeps what was not acknowledged.
        """
        self.inbox.close()
        client = self._client
        if client is None:
            return True
        flushed = self._is_flushed(client)
        client.disconnect()
        if not flushed and isinstance(stuck := client.socket(), socket.socket):
            with suppress(OSError):  # nobody reads at the other end: paho would wait there for ever
                stuck.shutdown(socket.SHUT_RDWR)
        client.loop_stop()
        return flushed

    def _is_flushed(self, client: Client) -> bool:
        """Whether the broker answers a last question: it takes packets in order, so it has those before too.

        The question changes nothing. To say the store's state once more would not do: of several workers' words the
        last one stays, and this worker's may be the older.
        """
        if not self.connected.is_set() or not self.may_connect():
            return True
        with suppress(RuntimeError, ValueError):  # gone meanwhile
            client.unsubscribe(LAST_QUESTION)
            return self._answered.wait(FLUSH)
        return False

    def hang_up(self) -> None:
        """Close the connection after what was handed to it, and say no last word: the recorder is gone."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    def acknowledge(self, packets: Sequence[tuple[int, int]]) -> None:
        """Tell the broker that these messages, each (connection, packet id), are recorded; nothing for those whose
        connection is gone.

        A message sent at QoS 0 has no packet id: to acknowledge it would make the broker hang up.
        """
        with self._lock:
            if self._client is None:
                return
            here = [packet_id for connection, packet_id in packets if connection == self._connection and packet_id]
            self._waiting.difference_update(here)
            if here:
                _send_acknowledgements(self._client, here)

    def publish_receipt(self, post: Post, receipt: str) -> None:
        """Send a receipt, QoS 0: a lost one is healed by the device sending again."""
        if self._client is not None:
            self._client.publish(post.topic(Channel.RECEIPTS), receipt, qos=0)

    def publish_store_state(self, state: str) -> bool:
        """Send the store's signed state, retained; False, and not sent, before the broker keeps what devices send."""
        if self._client is None or not self.connected.is_set():
            return False
        self._client.publish(STORE, state, qos=0, retain=True)
        return True

    def _on_pre_connect(self, _client: Client, _data: Any) -> None:
        if not self.may_connect():
            raise ConnectionAbortedError("another tracker has the session")  # to paho a broker that is away

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.warning("broker_refused", reason=str(reason))
            return
        with self._lock:
            self._connection += 1
            self._waiting.clear()
            connection = self._connection
        self.inbox.drop(lambda delivery: delivery.connection != connection)
        self._subscribe(client)
        node = self._nodes.present
        log.info("broker_connected", connection=connection, node=f"{node.host}:{node.port}")

    def _subscribe(self, client: Client) -> None:
        share = SHARED if self.shared else ""
        client.subscribe([(share + ALL_SCANS, 1), (share + ALL_IDENTITIES, 1), (ALL_STATUS, 0)])

    def _on_subscribe(
        self, client: Client, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        """From here on the broker keeps for us what devices send: now they may be told that a store is listening.

        A cluster that elects a leader refuses for a while: it is asked again.
        """
        if any(reason.is_failure for reason in reasons):
            log.warning("subscription_refused", retry_in=ASK_AGAIN)
            again = Timer(ASK_AGAIN, self._subscribe, [client])
            again.daemon = True
            again.start()
            return
        self.connected.set()
        self.connections += 1

    def _on_connect_fail(self, client: Client, _data: Any) -> None:
        """This node is away: paho's next try goes to the next one."""
        address = self._nodes.pass_over()
        client.connect_async(address.host, address.port, KEEPALIVE)

    def _on_disconnect(
        self, client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self.connected.clear()
        log.info("broker_disconnected", reason=str(reason))
        if reason.is_failure:
            self._on_connect_fail(client, None)

    def _on_message(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        """Hands on or puts into the inbox, no more. A packet id that waits there is the broker's repeat: ignored."""
        try:
            post, channel = parse_topic(message.topic)
        except ValueError:
            if times := self._seldom.is_due("topic_not_ours"):
                log.warning("topic_not_ours", times=times)
            client.ack(message.mid, message.qos)
            return
        if channel is Channel.STATUS:
            self.on_status(post, bytes(message.payload), message.retain)  # at QoS 0: nothing to acknowledge
            return
        with self._lock:
            if message.mid in self._waiting:
                return
            if message.qos:
                self._waiting.add(message.mid)
            connection = self._connection
        self.inbox.put(Delivery(post, bytes(message.payload), message.mid, connection, time.monotonic(), channel))


def _send_at_once(_client: Client, _data: Any, line: Any) -> None:
    """Receipts are small: without this each waits for the answer to the one before, 40 ms at most brokers."""
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _send_acknowledgements(client: Client, packet_ids: Sequence[int]) -> None:
    """All PUBACKs (MQTT 3.1.1 section 3.4) in one write: `Client.ack` wakes paho's thread and writes for each.

    Reaches into paho, whose version is pinned.
    """
    frames = b"".join(PUBACK_FRAME.pack(PUBACK, 2, packet_id) for packet_id in packet_ids)
    client._packet_queue(PUBACK, frames, packet_ids[-1], 1)
