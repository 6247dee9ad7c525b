"""A handheld of another make (另一厂家的手持机): speaks the wire from its description alone, with none of our code.

Only the enrolment file, `cryptography`, `hashlib`, `json` and paho: what it sends and believes was not written by the
code under test.
"""

import base64
import hashlib
import json
import queue
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from tests.walk.processes import PATIENCE
from tests.walk.shift import uuid7

HEAD, RECEIPT, STORE = "jixin-scans+jws", "jixin-receipt+jws", "jixin-store+jws"


def b64(octets: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """The octets of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(octets: bytes) -> str:
    """Base64url SHA-256."""
    return b64(hashlib.sha256(octets).digest())


def thumbprint(x: str) -> str:
    """RFC 7638 for an Ed25519 key whose public octets are `x` in base64url."""
    return sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode())


def open_jws(text: str, jwks: list[dict[str, str]], typ: str) -> dict[str, Any]:
    """The claims of a compact JWS that one of the keys signed; fails the test otherwise."""
    protected, claims, signature = text.split(".")
    header = json.loads(unb64(protected))
    assert set(header) == {"alg", "kid", "typ"}
    assert (header["alg"], header["typ"]) == ("EdDSA", typ)
    (x,) = [jwk["x"] for jwk in jwks if thumbprint(jwk["x"]) == header["kid"]]
    Ed25519PublicKey.from_public_bytes(unb64(x)).verify(unb64(signature), f"{protected}.{claims}".encode())
    opened: dict[str, Any] = json.loads(unb64(claims))
    return opened


def build_event(parcel: str, **changes: Any) -> dict[str, Any]:
    """A good event of this moment, with changes; a change to None leaves the field out."""
    now = datetime.now(UTC)
    event = {
        "event_id": str(uuid7(now)),
        "seq": 1,
        "waybill_no": parcel,
        "step": "accepted",
        "event_time": now.isoformat(),
        "details": {"identity": {"kind": "RESIDENT_ID", "checked": True}, "weight_g": 1250},
    }
    return {name: value for name, value in (event | changes).items() if value is not None}


def encode(event: Mapping[str, Any]) -> bytes:
    """An event's bytes as this make writes them: spaces and Chinese letters as they are."""
    return json.dumps(event, ensure_ascii=False).encode()


@dataclass(slots=True)
class Handheld:
    """One enrolled device. `topic` is where it publishes; `claims` are what its heads say of it."""

    enrolment: dict[str, Any]
    broker_url: str | None = None
    receipts: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    heard: "queue.Queue[MQTTMessage]" = field(default_factory=queue.Queue)
    connected: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)  # the broker has let us in or refused us
    lost: threading.Event = field(default_factory=threading.Event)
    refusal: str = ""
    grants: "queue.Queue[list[int]]" = field(default_factory=queue.Queue)
    client: Client = field(init=False)

    @staticmethod
    def of(file: Path, broker_url: str | None = None) -> "Handheld":
        return Handheld(json.loads(file.read_bytes()), broker_url)

    @property
    def name(self) -> str:
        return "/".join(self.enrolment[part] for part in ("carrier", "station", "device"))

    @property
    def topic(self) -> str:
        return f"jixin/v1/{self.name}/scans"

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(unb64(self.enrolment["private_key"]["d"]))

    def sign(self, claims: Mapping[str, Any] | bytes, *, key: Ed25519PrivateKey | None = None, **header: str) -> str:
        """A compact JWS over the claims; another key or header where the test wants a bad one."""
        protected = b64(json.dumps({"alg": "EdDSA", "kid": self.enrolment["kid"], "typ": HEAD} | header).encode())
        body = b64(claims if isinstance(claims, bytes) else json.dumps(claims).encode())
        signature = (key or self.key).sign(f"{protected}.{body}".encode())
        return f"{protected}.{body}.{b64(signature)}"

    def claims(self, *events: bytes) -> dict[str, Any]:
        """What a head says of these events."""
        return {
            "v": 1,
            "batch_id": str(uuid4()),
            **{part: self.enrolment[part] for part in ("carrier", "station", "device")},
            "sent_at": datetime.now(UTC).isoformat(),
            "digests": [sha256(event) for event in events],
        }

    def batch(
        self, *events: bytes, key: Ed25519PrivateKey | None = None, kid: str | None = None, **claims: Any
    ) -> bytes:
        """A payload of these events under one head; `claims` replace what the head would say."""
        header = {} if kid is None else {"kid": kid}
        return join(self.sign(self.claims(*events) | claims, key=key, **header), *events)

    @contextmanager
    def online(self) -> Iterator["Handheld"]:
        """Connected and listening for receipts."""
        with self.connecting():
            assert self.connected.wait(PATIENCE), f"{self.name} is not let in: {self.refusal or 'no answer'}"
            assert self.subscribe(f"jixin/v1/{self.name}/receipts") == [0]
            yield self

    @contextmanager
    def connecting(
        self,
        *,
        username: str | None = None,
        password: str | None = None,
        client_id: str | None = None,
        clean_session: bool = True,
    ) -> Iterator["Handheld"]:
        """A connection that the broker may refuse; the login is the enrolment's where no other is given."""
        login = self.enrolment["broker"]
        address = urlsplit(self.broker_url or login["url"])
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id or f"other-{uuid4().hex}", clean_session=clean_session,
            protocol=MQTTv311,
        )  # fmt: skip
        if address.scheme == "mqtts":
            self.client.tls_set_context(build_context(login))
        if username != "":
            self.client.username_pw_set(username or login["username"], password or login["password"])
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_subscribe = lambda _client, _data, _mid, codes, _props: self.grants.put([c.value for c in codes])
        self.client.on_message = self._on_message
        self.client.connect(str(address.hostname), int(address.port or 1883), keepalive=30)
        self.client.loop_start()
        try:
            yield self
        finally:
            self.client.disconnect()
            self.client.loop_stop()

    def subscribe(self, topic: str, qos: int = 0) -> list[int]:
        """The broker's answer to a subscription: the QoS granted, or 128 where it is refused."""
        self.client.subscribe(topic, qos)
        return self.grants.get(timeout=PATIENCE)

    def publish(self, payload: bytes, topic: str | None = None, *, retain: bool = False) -> None:
        """Hand a payload to the broker, without waiting."""
        self.client.publish(topic or self.topic, payload, qos=1, retain=retain)

    def send(self, payload: bytes) -> dict[str, Any]:
        """Publish a payload on our own topic; what the signed receipt says of it."""
        self.publish(payload)
        return self.answer_to(payload)

    def answer_to(self, payload: bytes, *, seconds: float = PATIENCE) -> dict[str, Any]:
        """The entry of a receipt that names this payload by its hash."""
        wanted = sha256(payload)
        while True:
            try:
                receipt = self.receipts.get(timeout=seconds)
            except queue.Empty:
                raise AssertionError(f"no receipt within {seconds:.0f} s") from None
            for entry in receipt["batches"]:
                if entry["payload_sha256"] == wanted:
                    found: dict[str, Any] = entry
                    return found

    def scan(self, waybill_no: str, **changes: Any) -> dict[str, Any]:
        """One good scan the whole way; the receipt's entry."""
        return self.send(self.batch(encode(build_event(waybill_no, **changes))))

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.refusal = str(reason) if reason.is_failure else ""
        if not reason.is_failure:
            self.connected.set()
        self.answered.set()

    def _on_disconnect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self.connected.is_set():
            self.connected.clear()
            self.lost.set()
        else:
            self.refusal = self.refusal or str(reason)  # a certificate is refused without a word of MQTT
            self.answered.set()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if message.topic == f"jixin/v1/{self.name}/receipts":
            receipt = open_jws(message.payload.decode(), self.enrolment["tracker_keys"], RECEIPT)
            assert receipt["v"] == 1
            self.receipts.put(receipt)
        else:
            self.heard.put(message)


def build_context(login: Mapping[str, str]) -> ssl.SSLContext:
    """TLS as the enrolment says: whom to believe, and what to show."""
    context = ssl.create_default_context(cadata=login["ca"])
    if "certificate" in login:
        with NamedTemporaryFile("w") as file:
            file.write(login["certificate"] + login["certificate_key"])
            file.flush()
            context.load_cert_chain(file.name)
    return context


def join(head: str, *events: bytes) -> bytes:
    """A payload: the head and the events' exact bytes."""
    return b'{"head": ' + json.dumps(head).encode() + b', "events": [' + b", ".join(events) + b"]}"
