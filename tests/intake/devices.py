"""Devices and a tracker without a network (测试终端): signed batches in, commits, believed receipts out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.wire.example import seeded_key
from tracker.chain.parcel import Parcel
from tracker.intake.bounds import DEFAULT_BOUNDS, IntakeBounds
from tracker.intake.delivery import Delivery, Read, read_alone
from tracker.intake.ingest import IngestResult, ingest
from tracker.intake.keyring import Keyring
from tracker.store.database import reading, transaction
from tracker.store.parcel_store import parcel_of
from tracker.store.quarantine import DEFAULT_LIMITS
from tracker.store.quarantine_bounds import QuarantineLimits
from tracker.store.registry import ANY, save_device_key
from tracker.wire.event import ScanEvent, encode_details, encode_event
from tracker.wire.event_ids import build_event_id
from tracker.wire.message import encode_batch
from tracker.wire.receipt import BatchReceipt, Receipt, verify_receipt
from tracker.wire.signature import SigningKey
from tracker.wire.steps import Step
from tracker.wire.topics import GATEWAY_DEVICE, Post

NOW = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)  # 09:00 in Beijing; what the tracker's clock says
TRACKER_KEY = seeded_key(32)
GUN = Post("BLUEBIRD", "HZ-01", "GUN-1")
NUMBERS = count(1)


def fresh_id(moment: datetime) -> UUID:
    """An event or batch id of a moment that no other call gives."""
    return build_event_id(moment, next(NUMBERS).to_bytes(10, "big"))


@dataclass
class Device:
    """A device that scans and signs; its counter goes up by one a scan."""

    post: Post = GUN
    key: SigningKey = field(default_factory=SigningKey.generate)
    seq: int = 0

    def scan(
        self, waybill_no: str = "W1", step: Step | str = Step.ARRIVED, *, hours: float = -1, **told: Any
    ) -> ScanEvent:
        """A scan so many hours from NOW; `details` may be a model."""
        self.seq += 1
        moment = NOW + timedelta(hours=hours)
        details = told.pop("details", None)
        values: dict[str, Any] = {"event_time": moment, "waybill_no": waybill_no, "seq": self.seq} | told
        values.setdefault("event_id", fresh_id(values["event_time"]))
        return ScanEvent(step=Step(step), details=encode_details(details), **values)

    def sign(self, events: Iterable[ScanEvent | bytes], *, post: Post | None = None) -> bytes:
        """A payload of these events; one given as bytes is sent as it stands."""
        bodies = [event if isinstance(event, bytes) else encode_event(event) for event in events]
        return encode_batch(bodies, post=post or self.post, key=self.key, batch_id=fresh_id(NOW), sent_at=NOW)

    def deliver(self, *events: ScanEvent | bytes, post: Post | None = None) -> Delivery:
        """A batch of these events as the broker gives it."""
        return Delivery(post or self.post, self.sign(events, post=post))


def gateway() -> Device:
    """A gateway's key; it says where it speaks for with `post=`."""
    return Device(Post("ANY", "ANY", GATEWAY_DEVICE))


def read_now(delivery: Delivery, keyring: Keyring, at: datetime = NOW) -> Read:
    """Open, verify and decode one message, as on the day of `at`."""
    return read_alone(delivery, keyring, today=at.date())


class Intake:
    """Reads and records as the tracker does, one commit a call."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.keyring = Keyring.of(engine, lambda: 0.0)

    def enrol(self, device: Device, *, self_service: bool = False) -> Device:
        """Make a device known; a gateway for every station."""
        whose = (device.post.carrier, device.post.station, device.post.device)
        if device.post.device == GATEWAY_DEVICE:
            whose = (ANY, ANY, GATEWAY_DEVICE)
        with transaction(self.engine) as session:
            save_device_key(
                session, carrier=whose[0], station=whose[1], device=whose[2], kid=device.key.kid,
                public_key=device.key.verifying.public_bytes, enrolled_at=NOW, self_service=self_service,
            )  # fmt: skip
        self.keyring.refresh(missed=True)
        return device

    def record(
        self,
        *deliveries: Delivery,
        at: datetime = NOW,
        limits: QuarantineLimits = DEFAULT_LIMITS,
        bounds: IntakeBounds = DEFAULT_BOUNDS,
        label_secret: bytes | None = None,
    ) -> IngestResult:
        """Record deliveries in one commit at a time of the tracker's clock."""
        read = [read_now(delivery, self.keyring, at) for delivery in deliveries]
        with transaction(self.engine) as session:
            return ingest(
                session,
                read,
                record_time=at,
                key=TRACKER_KEY,
                limits=limits,
                bounds=bounds,
                label_secret=lambda: label_secret,
            )

    def parcel(self, waybill_no: str) -> Parcel:
        """The row of a parcel that is known."""
        with reading(self.engine) as session:
            found = parcel_of(session, waybill_no)
        assert found is not None
        return found

    def rows(self, query: str, **values: object) -> list[Any]:
        """What the store holds."""
        with reading(self.engine) as session:
            return list(session.connection().execute(sa.text(query), values))

    @contextmanager
    def watching(self, asked: list[str]) -> Iterator[None]:
        """Note every statement that is sent to the database."""

        def note(_connection: object, _cursor: object, text: str, *_: object) -> None:
            asked.append(text)

        sa.event.listen(self.engine, "before_cursor_execute", note)
        yield
        sa.event.remove(self.engine, "before_cursor_execute", note)

    def positions(self) -> list[int]:
        """Every position in the log, in order."""
        return [row[0] for row in self.rows("SELECT position FROM event ORDER BY position")]


def receipts_of(result: IngestResult) -> dict[Post, Receipt]:
    """The receipts of a commit, believed."""
    pinned = {TRACKER_KEY.kid: TRACKER_KEY.verifying}
    return {post: verify_receipt(text, pinned) for post, text in result.receipts}


def only_line(result: IngestResult) -> BatchReceipt:
    """The one batch that a commit's one receipt speaks of."""
    ((_, receipt),) = receipts_of(result).items()
    (line,) = receipt.batches
    return line


def codes_of(result: IngestResult) -> list[str]:
    """Why events were rejected, in order."""
    return [rejection.code for rejection in only_line(result).rejected]
