"""A counter for tests (柜台): an outbox, its packing as the publisher does it, and a tracker that answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from scanners.outbox import Lane, OpenBatch, Outbox, Settled
from tests.intake.devices import NOW, TRACKER_KEY, Device, fresh_id
from tests.wire.example import seeded_key
from tracker.wire.enrolment import BrokerLogin, Enrolment
from tracker.wire.event import decode_event
from tracker.wire.message import encode_batch, open_batch
from tracker.wire.receipt import BatchReceipt, Receipt, Refusal, Rejection, StoreState
from tracker.wire.signature import SigningKey, digest_of
from tracker.wire.topics import GATEWAY_DEVICE, Post

GUN = Device(Post("BLUEBIRD", "HZ-01", "GUN-1"), seeded_key(0))
STORE = "3f1c9a52-b7d0-4e6d-9a52-b7d04e6d3f1c"


def build_enrolment(key: SigningKey = GUN.key, *, gateway: bool = False, url: str = "mqtt://broker:1884") -> Enrolment:
    """What `jixin enrol` would have written for the gun, or for a gateway."""
    codes = ("*", "*", GATEWAY_DEVICE) if gateway else ("BLUEBIRD", "HZ-01", "GUN-1")
    login = BrokerLogin(url, "gateway" if gateway else GUN.post.username, "secret")
    return Enrolment(*codes, key.kid, key.to_jwk(), login, [TRACKER_KEY.verifying.to_jwk()])


def pack(outbox: Outbox, post: Post = GUN.post, *, most: int | None = None, kid: str = "") -> tuple[OpenBatch, bytes]:
    """Sign what waits and keep it open, as the publisher does before it sends."""
    events = outbox.next_items(Lane(post))[:most]
    batch = OpenBatch(fresh_id(NOW), Lane(post), kid=kid)
    payload = encode_batch([body for _, body in events], post=post, key=GUN.key, batch_id=batch.batch_id, sent_at=NOW)
    outbox.open_batch(batch, payload, [number for number, _ in events])
    return batch, payload


def pack_all(outbox: Outbox, post: Post = GUN.post) -> list[bytes]:
    """Sign everything that waits; the payloads in order."""
    payloads = []
    while outbox.next_items(Lane(post)):
        payloads.append(pack(outbox, post)[1])
    return payloads


def events_in(payload: bytes) -> list[bytes]:
    """The exact bytes of a payload's events."""
    return open_batch(payload).items


def line_for(payload: bytes, *, last: int | None = 1, **told: object) -> BatchReceipt:
    """A receipt's line that takes the whole payload unless told otherwise; its last event stands at `last`."""
    opened = open_batch(payload)
    recorded = len(opened.items)
    first = None if last is None else last - recorded + 1
    line = BatchReceipt(
        msgspec.json.decode(opened.jws.payload)["batch_id"], digest_of(payload), recorded, 0, [], None, first, last
    )
    return msgspec.convert(msgspec.to_builtins(line) | msgspec.to_builtins(told), BatchReceipt)


def receipt_of(*lines: BatchReceipt, store: str = STORE, epoch: int = 1, at: datetime = NOW) -> Receipt:
    """A receipt of these lines, of this time."""
    return Receipt(1, store, epoch, list(lines), at)


def settle(outbox: Outbox, *lines: BatchReceipt, at: datetime = NOW, epoch: int = 1) -> list[Settled]:
    """The outbox gets a receipt."""
    return outbox.take_receipt(receipt_of(*lines, epoch=epoch, at=at))


@dataclass
class FakeTracker:
    """Records each event once and answers, as the real one does; `refuse` gives a code for what it will not take."""

    refuse: Callable[[str], str | None] = lambda _waybill_no: None
    refuse_batch: str | None = None
    position: int = 0
    epoch: int = 1
    positions: dict[str, int] = field(default_factory=dict)

    def take(self, payload: bytes) -> Receipt:
        """Record one payload; its receipt."""
        if self.refuse_batch is not None:
            refusal = Refusal(self.refuse_batch, "why")
            return receipt_of(line_for(payload, last=None, recorded=0, refused=refusal), epoch=self.epoch)
        recorded, rejected, stood = 0, [], []
        for body in events_in(payload):
            scan = decode_event(body).scan
            if code := self.refuse(scan.waybill_no or ""):
                rejected.append(Rejection(str(scan.event_id), code, "why"))
                continue
            recorded += str(scan.event_id) not in self.positions
            stood.append(self._record(str(scan.event_id)))
        told = {
            "recorded": recorded, "duplicates": len(stood) - recorded, "rejected": rejected,
            "first_position": min(stood, default=None), "last_position": max(stood, default=None),
        }  # fmt: skip
        return receipt_of(line_for(payload, last=None, **told), epoch=self.epoch)

    def take_from_others(self, number: int) -> None:
        """Other devices' events take the next positions."""
        self.position += number

    def state(self) -> StoreState:
        """How far it has come."""
        return StoreState(STORE, self.epoch, self.position)

    def restore(self, position: int) -> None:
        """A backup from when the log stood at `position` takes its place, in a new epoch."""
        self.positions = {known: at for known, at in self.positions.items() if at <= position}
        self.position, self.epoch = position, self.epoch + 1

    def _record(self, event_id: str) -> int:
        if event_id not in self.positions:
            self.position += 1
            self.positions[event_id] = self.position
        return self.positions[event_id]


def waybills_of(bodies: Iterable[bytes]) -> list[str | None]:
    """Whose events these are."""
    return [decode_event(body).scan.waybill_no for body in bodies]
