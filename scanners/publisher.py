"""The publisher (上报): outbox → signed batches → broker, again and again until the tracker's receipt."""

import os
import random
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Lock, Thread, Timer
from typing import Any
from uuid import UUID

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from scanners.outbox import Lane, OpenBatch, Outbox, Settled, is_held
from scanners.status import StatusWord
from scanners.trust import Trust
from tracker.wire.brokers import Nodes, parse_addresses
from tracker.wire.enrolment import Enrolment
from tracker.wire.event_ids import build_event_id
from tracker.wire.message import encode_batch
from tracker.wire.receipt import Receipt, StoreState
from tracker.wire.signature import NotAJws, SigningKey, VerifyingKey
from tracker.wire.status import LAST_WILL
from tracker.wire.tls import tls_context
from tracker.wire.topics import GATEWAY_DEVICE, ROOT, STORE, Channel
from tracker.wire.vault_keys import Purpose, SealingKey

log = structlog.get_logger()

MAX_OPEN = 8  # batches of one device on their way at once
RESEND_FIRST = 30.0  # seconds; doubled each time, with jitter
RESEND_MOST = 600.0
RESEND_SILENT = 3600.0  # while nothing is heard of the store: its broker keeps each copy until it is back
DOUBT = 15.0  # seconds in which the tracker's own word may put right what the broker kept: it reconnects within 10
OVERTAKEN = 2.0  # seconds by which a receipt may overtake another worker's word of the store
KEEPALIVE = 30
IDLE = 0.05  # seconds between looking into an outbox that another thread fills
FAILED_PAUSE = 10.0  # seconds after the outbox could not be written: a full disk, say
ASK_AGAIN = 1.0  # seconds after a subscription was refused
OFFLINE_WAIT = 2.0  # seconds that the last word may take
LOGIN_REFUSED = {"Not authorized", "Bad user name or password"}


@dataclass(slots=True)
class Sent:
    """What this publisher's receipts have said so far, in events; `refused` counts refused and rejected ones."""

    recorded: int = 0
    known: int = 0
    refused: int = 0


@dataclass(slots=True)
class Publisher:
    """Drains one outbox over one connection. Survives the broker's and the tracker's restarts: nothing is removed
    before a receipt signed by a pinned key names its batch."""

    enrolment: Enrolment
    outbox: Outbox
    broker_url: str | None = None  # instead of the enrolment's, when the broker has moved; a cluster's by commas
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    chance: random.Random = field(default_factory=random.SystemRandom)
    sent_by_run: dict[int, Sent] = field(default_factory=dict)
    settling: Lock = field(default_factory=Lock)  # held while a receipt settles and is counted
    connected: Event = field(default_factory=Event)
    refusal: str | None = None  # why the broker does not let us in, while it does not
    turned_away: bool = False  # it answered last, and refused this login or closed before it had heard it
    _key: SigningKey = field(init=False)
    _trust: Trust = field(init=False)
    _nodes: Nodes = field(init=False)
    _status: StatusWord | None = field(init=False)  # None for a gateway: it comes and goes with its file
    _client: Client | None = None
    _thread: Thread | None = None
    _store_seen: Event = field(default_factory=Event)  # a tracker has spoken here: the broker keeps scans for it
    _doubted: tuple[StoreState, float] | None = None  # what the broker kept, and when it is believed after all
    _lately: deque[tuple[float, datetime]] = field(default_factory=lambda: deque(maxlen=1000))  # receipts: came, time
    _stop: Event = field(default_factory=Event)
    _wake: Event = field(default_factory=Event)
    _due: dict[UUID, float] = field(default_factory=dict)
    _heard: float = float("-inf")  # when the store, or a new connection, last gave a sign of life

    def __post_init__(self) -> None:
        self._key = self.enrolment.signing_key
        self._trust = Trust(self.enrolment, self.outbox)
        addresses = parse_addresses(self.url)
        self._nodes = Nodes(addresses, self.chance.randrange(len(addresses)))  # stations spread over a cluster
        self._status = None if self.enrolment.is_gateway else StatusWord(self.outbox, self.now, self.clock)

    @property
    def url(self) -> str:
        """Where it connects."""
        return self.broker_url or self.enrolment.broker.url

    @property
    def tracker_keys(self) -> dict[str, VerifyingKey]:
        """The tracker's keys that are believed now, by kid."""
        return dict(self._trust.keys)

    def sealing_key(self, purpose: Purpose, *, moment: datetime) -> SealingKey:
        """The vault's key for what happens at `moment`. Raises NoSealingKey."""
        return self._trust.sealing_key(purpose, moment=moment)

    @property
    def sent(self) -> Sent:
        """Of all runs together."""
        runs = list(self.sent_by_run.values())
        return Sent(
            recorded=sum(run.recorded for run in runs),
            known=sum(run.known for run in runs),
            refused=sum(run.refused for run in runs),
        )

    def start(self) -> None:
        """Sign anew what an older key had signed; connect and drain on threads of its own.

        Returns at once, also while the broker is away.
        """
        if dissolved := self.outbox.dissolve_batches(but_of=self._key.kid):
            log.info("batches_signed_anew", batches=dissolved)
        address = self._nodes.present
        client = Client(CallbackAPIVersion.VERSION2, client_id=self._client_id(), clean_session=True, protocol=MQTTv311)
        client.username_pw_set(self.enrolment.broker.username, self.enrolment.broker.password)
        if address.tls:
            client.tls_set_context(tls_context(self.enrolment.broker))
        if self._status is not None:
            client.will_set(self.enrolment.post.topic(Channel.STATUS), LAST_WILL, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_message = self._on_message
        client.reconnect_delay_set(1, 60)
        self._client = client
        client.connect_async(address.host, address.port, KEEPALIVE)
        client.loop_start()
        self._thread = Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sending; what is in the outbox stays there."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        if self._client is not None:
            self._say_offline(self._client)
            self._client.disconnect()
            self._client.loop_stop()

    def _say_offline(self, client: Client) -> None:
        """The last will speaks only for a connection that breaks; one that is closed says so itself."""
        if self.connected.is_set() and self._status is not None:
            with suppress(RuntimeError, ValueError, sqlite3.Error):  # gone meanwhile, or the disk: the last will speaks
                word = self._status.say(online=False)
                client.publish(self.enrolment.post.topic(Channel.STATUS), word, qos=1, retain=True).wait_for_publish(
                    OFFLINE_WAIT
                )

    def _tell_status(self) -> None:
        if self._status is not None and self._client is not None and (word := self._status.due()) is not None:
            self._client.publish(self.enrolment.post.topic(Channel.STATUS), word, qos=1, retain=True)

    def wake(self) -> None:
        """Look into the outbox now."""
        self._wake.set()

    def _client_id(self) -> str:
        install = self.outbox.install_id(os.urandom(8).hex())
        name = "gateway" if self.enrolment.is_gateway else self.enrolment.post.username.replace("/", "-")
        return f"{name}-{install}"

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self.connected.is_set():
                    self._tell_status()
                self._believe_doubted()
                if self.connected.is_set() and self._store_seen.is_set():
                    batches = self.outbox.open_batches()
                    self._resend_due(batches)
                    self._send_queued(batches)
            except Exception:  # it would end this thread, and the station would fall silent
                log.exception("scans_not_sent", retry_in=FAILED_PAUSE)
                self._stop.wait(FAILED_PAUSE)
            self._wake.wait(IDLE)
            self._wake.clear()

    def _send_queued(self, batches: list[OpenBatch]) -> None:
        """Sign and send what waits, up to eight open batches a device."""
        still_open = Counter(batch.lane for batch in batches)
        for lane in self.outbox.lanes_with_queued():
            for _ in range(MAX_OPEN - still_open[lane]):
                if not self._send_next(lane):
                    break

    def _send_next(self, lane: Lane) -> bool:
        items = self.outbox.next_items(lane)
        if not items or not (self.connected.is_set() and self._store_seen.is_set()):  # gone since this turn began
            return False
        now = self.now()
        batch_id = build_event_id(now, os.urandom(10))
        payload = encode_batch(
            [body for _, body in items],
            post=lane.post,
            key=self._key,
            batch_id=batch_id,
            sent_at=now,
            channel=lane.channel,
        )
        batch = OpenBatch(batch_id, lane, kid=self._key.kid)
        self.outbox.open_batch(batch, payload, [number for number, _ in items])
        self._send(batch, payload)
        return True

    def _resend_due(self, batches: list[OpenBatch]) -> None:
        now = self.clock()
        for batch in batches:
            if self._due.get(batch.batch_id, float("-inf")) <= now:
                payload = self.outbox.payload_of(batch.batch_id)
                if payload is not None:
                    self._send(batch, payload)

    def _send(self, batch: OpenBatch, payload: bytes) -> None:
        """Send the same bytes (again); the next time is 30 s away, doubling to 10 min, with jitter.

        Where nothing was heard of the store for as long, it is an hour: more copies would only pile up on the broker.
        """
        assert self._client is not None
        self._client.publish(batch.lane.post.topic(batch.lane.channel), payload, qos=1)
        pause = min(RESEND_FIRST * 2**batch.attempts, RESEND_MOST) if batch.attempts < 10 else RESEND_MOST
        if pause == RESEND_MOST and self.clock() - self._heard > RESEND_MOST:
            pause = RESEND_SILENT
        self._due[batch.batch_id] = self.clock() + pause * self.chance.uniform(0.8, 1.2)
        self.outbox.count_attempt(batch.batch_id)

    def _hear(self) -> None:
        """The store lives, or the broker is a new one: what was put off goes again within the usual 10 min."""
        self._heard = now = self.clock()
        for batch_id, due in list(self._due.items()):
            if due > now + RESEND_MOST * 1.2 and batch_id in self._due:
                self._due[batch_id] = now + RESEND_MOST * self.chance.uniform(0.8, 1.2)

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.refusal = str(reason)
            self.turned_away = self.refusal in LOGIN_REFUSED  # a broker that only begins may refuse for a moment
            log.warning("broker_refused", reason=self.refusal)
            return
        self.refusal, self.turned_away = None, False
        self._hear()
        self._subscribe(client)
        if self._status is not None:
            self._status.connected()
        self.connected.set()
        self._wake.set()

    def _subscribe(self, client: Client) -> None:
        client.subscribe([(self._receipts_topic(), 0), (STORE, 0)])

    def _on_subscribe(
        self, client: Client, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        """A cluster that elects a leader refuses for a while: it is asked again, or no receipt would ever come."""
        if any(reason.is_failure for reason in reasons):
            log.warning("subscription_refused", retry_in=ASK_AGAIN)
            again = Timer(ASK_AGAIN, self._subscribe, [client])
            again.daemon = True
            again.start()

    def _receipts_topic(self) -> str:
        if self.enrolment.is_gateway:
            return f"{ROOT}/+/+/{GATEWAY_DEVICE}/receipts"
        return self.enrolment.post.topic(Channel.RECEIPTS)

    def _on_connect_fail(self, client: Client, _data: Any) -> None:
        """This node is away: paho's next try goes to the next one."""
        self.turned_away = False
        self._pass_over(client)

    def _pass_over(self, client: Client) -> None:
        address = self._nodes.pass_over()
        client.connect_async(address.host, address.port, KEEPALIVE)

    def _on_disconnect(
        self, client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if (
            self.refusal is None and not self.connected.is_set() and reason.is_failure
        ):  # so does a broker that does not take a certificate
            self.turned_away = True
        self.connected.clear()
        self._store_seen.clear()
        self._doubted = None
        if reason.is_failure:  # else it was ours
            log.info("broker_disconnected", reason=str(reason))
            self._pass_over(client)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            if message.topic == STORE:
                state = self._trust.hear_store(bytes(message.payload))
                self._store_seen.set()
                if not message.retain:
                    self._hear()
                self._hear_of_store(state, retained=message.retain)
            else:
                receipt = self._trust.hear_receipt(bytes(message.payload))
                self._hear()
                self._warn_of_held(receipt)
                with self.settling:
                    self._count(self.outbox.take_receipt(receipt))
                self._lately.append((self.clock(), receipt.record_time))
        except NotAJws as error:
            log.warning("receipt_not_believed", reason=str(error))
        except Exception:  # an exception here would end paho's thread without a word
            log.exception("receipt_not_taken")
        self._wake.set()

    def _hear_of_store(self, state: StoreState, *, retained: bool) -> None:
        """What the tracker says now counts now; what the broker kept may be old, or lost to a crash, and has to wait.

        For a while the tracker's own word may put it right; without one it is believed. So has a word that a receipt
        of a moment ago goes beyond: of several workers on one store one may speak while another answers.
        """
        self._doubted = None
        if not retained:
            self._take_store_state(state, fresh=self._fresh())
        if self.outbox.is_ahead_of(state):
            self._doubted = (state, self.clock() + DOUBT)

    def _fresh(self) -> datetime | None:
        """The time in the oldest of the receipts that came a moment ago, by our monotonic clock."""
        while self._lately and self._lately[0][0] < self.clock() - OVERTAKEN:
            self._lately.popleft()
        return min((record_time for _, record_time in self._lately), default=None)

    def _believe_doubted(self) -> None:
        doubted = self._doubted
        if doubted is not None and self.clock() >= doubted[1] and self.connected.is_set():
            self._doubted = None
            self._take_store_state(doubted[0])

    def _take_store_state(self, state: StoreState, *, fresh: datetime | None = None) -> None:
        if again := self.outbox.take_store_state(state, fresh=fresh):
            log.warning("store_went_back", events_sent_again=again, position=state.position)

    def _warn_of_held(self, receipt: Receipt) -> None:
        """Say that the tracker does not take this device's batches as they are; they stay in the outbox."""
        for line in receipt.batches:
            if line.refused is not None and is_held(line):
                self.refusal = line.refused.code
                log.warning("batch_held", code=line.refused.code)

    def _count(self, settled: list[Settled]) -> None:
        for batch in settled:
            self._due.pop(batch.batch_id, None)
            sent = self.sent_by_run.setdefault(batch.run, Sent())
            sent.recorded += batch.recorded
            sent.known += batch.known
            sent.refused += batch.refused
