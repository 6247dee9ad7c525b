"""The worked example (示例报文): one device, two scans, the tracker's answers; fixed keys, ids and times."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tracker.wire.details import AcceptedDetails, DeliveredDetails, Goods, Identity, Inspection, Proof
from tracker.wire.enrolment import BrokerLogin, Enrolment
from tracker.wire.event import Position, ScanEvent, encode_details, encode_event
from tracker.wire.event_ids import build_event_id
from tracker.wire.message import encode_batch
from tracker.wire.receipt import BatchReceipt, Receipt, Rejection, StoreState
from tracker.wire.signature import SigningKey, digest_of
from tracker.wire.steps import Step
from tracker.wire.topics import Post
from tracker.wire.tracker_keys import KeyNotice, sign_notice


def seeded_key(first: int) -> SigningKey:
    """A key from 32 numbers in a row: known to everybody, for tests only."""
    return SigningKey.from_private(Ed25519PrivateKey.from_private_bytes(bytes(range(first, first + 32))))


DEVICE_KEY = seeded_key(0)
TRACKER_KEY = seeded_key(32)
NEXT_TRACKER_KEY = seeded_key(64)
POST = Post("BLUEBIRD", "HZ-XIHU-01", "GUN-1")
CHINA = timezone(timedelta(hours=8))
ACCEPTED_AT = datetime(2026, 7, 1, 9, 30, 15, 250000, tzinfo=CHINA)
DELIVERED_AT = datetime(2026, 7, 2, 18, 5, tzinfo=CHINA)
SENT_AT = datetime(2026, 7, 2, 10, 5, 1, tzinfo=UTC)
RECORDED_AT = datetime(2026, 7, 2, 10, 5, 1, 120000, tzinfo=UTC)
BATCH_ID = build_event_id(SENT_AT, bytes(range(10)))

ACCEPTED = ScanEvent(
    event_id=build_event_id(ACCEPTED_AT, bytes(range(10, 20))),
    seq=1,
    step=Step.ACCEPTED,
    event_time=ACCEPTED_AT,
    waybill_no="BB2026070100017",
    operator="C0017",
    position=Position(lng=120.13026, lat=30.25961),
    details=encode_details(
        AcceptedDetails(
            promised_at="2026-07-03",
            identity=Identity(kind="RESIDENT_ID", checked=True, commitment="q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ"),
            inspection=Inspection(result="PASSED", category="FOOD", quantity=2),
            weight_g=1250,
            goods=[Goods(gtin="6901234567892", lot="L2026-05", serial="S0001")],
            origin="330106",
            destination="500103",
        )
    ),
)
DELIVERED = ScanEvent(
    event_id=build_event_id(DELIVERED_AT, bytes(range(20, 30))),
    seq=2,
    step=Step.DELIVERED,
    event_time=DELIVERED_AT,
    waybill_no="BB2026070100003",
    operator="C0017",
    details=encode_details(DeliveredDetails(signer="self", proof=Proof(kind="CODE"))),
)
EVENTS = [encode_event(ACCEPTED), encode_event(DELIVERED)]

STORE = "3f1c9a52b7d04e6d"
STATE = StoreState(store=STORE, epoch=1, position=40213)
KEY_NOTICE = sign_notice(KeyNotice(1, "next", NEXT_TRACKER_KEY.verifying.to_jwk(), RECORDED_AT), TRACKER_KEY)
CHANGED_STATE = StoreState(store=STORE, epoch=1, position=40213, keys=[KEY_NOTICE])
ENROLMENT = Enrolment(
    carrier=POST.carrier,
    station=POST.station,
    device=POST.device,
    kid=DEVICE_KEY.kid,
    private_key=DEVICE_KEY.to_jwk(),
    broker=BrokerLogin("mqtts://broker.example:8883", POST.username, "an-example-password-of-256-random-bits"),
    tracker_keys=[TRACKER_KEY.verifying.to_jwk()],
)


def build_payload(events: list[bytes] | None = None) -> bytes:
    """The batch as the device sends it."""
    return encode_batch(
        EVENTS if events is None else events, post=POST, key=DEVICE_KEY, batch_id=BATCH_ID, sent_at=SENT_AT
    )


def build_receipt() -> Receipt:
    """The tracker's answer: one event recorded, one known from an earlier batch; another batch's event rejected."""
    return Receipt(
        v=1,
        store=STORE,
        epoch=1,
        batches=[
            BatchReceipt(
                batch_id=BATCH_ID,
                payload_sha256=digest_of(build_payload()),
                recorded=1,
                duplicates=1,
                rejected=[],
                refused=None,
                first_position=40180,
                last_position=40213,
            ),
            BatchReceipt(
                batch_id=UUID("019f2258-0000-7000-8000-000000000001"),
                payload_sha256=digest_of(b"another payload"),
                recorded=0,
                duplicates=0,
                rejected=[
                    Rejection(
                        "019f2258-0000-7000-8000-000000000002",
                        "time_naive",
                        "event_time needs an offset, such as +08:00",
                    )
                ],
                refused=None,
                first_position=None,
                last_position=None,
            ),
        ],
        record_time=RECORDED_AT,
    )
