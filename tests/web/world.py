"""A small world (测试世界): invented carriers and stations, and parcels recorded with real signatures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from tracker.chain.fold import fold
from tracker.chain.scan import Scan
from tracker.store.event_store import (
    LogHead,
    NewBatch,
    NewEvent,
    append_batches,
    append_events,
    append_receipts,
    events_of,
    log_head,
    save_log_head,
)
from tracker.store.parcel_store import parcel_of, save_parcels
from tracker.store.registry import Carrier, Station, device_counts, save_carrier, save_station
from tracker.wire.details import Details
from tracker.wire.event import Correction, Position, ScanEvent, decode_event, encode_details, encode_event
from tracker.wire.event_ids import build_event_id
from tracker.wire.message import encode_batch, open_batch
from tracker.wire.receipt import BatchReceipt, Receipt, sign_receipt
from tracker.wire.signature import SigningKey, digest_of
from tracker.wire.steps import Step
from tracker.wire.topics import Post

NOW = datetime(2026, 10, 18, 6, 3, tzinfo=UTC)  # 14:03 in Beijing
KEY = SigningKey.generate()
CARRIERS = (
    Carrier("BLUEBIRD", "青鸟速运", "Bluebird Express", "91330100MA0000000A", verified=True),
    Carrier("POSTROAD", "驿路邮政", "Postroad Mail", verified=True),
    Carrier("EVENWAY", "顺安快递", "Evenway Express", verified=True),
    Carrier("FARREACH", "远达速递", "Farreach Courier", verified=True),
    Carrier("FLYGRAIN", "飞禾速递", "Flygrain Courier", verified=True),
    Carrier("SMALLTOWN", "小城快运", "Smalltown Express", verified=True),
    Carrier("LADE", "LaDe 公开数据", "LaDe open data", is_dataset=True, verified=True),
)
STATIONS = (
    ("CQ-01", "重庆渝北冉家坝网点", "500112"),
    ("CQ-HUB", "重庆江北中转场", "500105"),
    ("HZ-HUB", "杭州中转场", "330110"),
    ("HZ-11", "杭州西湖营业点", "330106"),
    ("HZ-12", "文三路驿站", "330106"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One scan to record: step, hours before NOW, station, and what else there is to say."""

    step: Step
    hours: float
    station: str
    details: Details | None = None
    operator: str | None = "C0421"
    place: Position | None = None
    device: str = "PDA-1"
    corrects: Correction | None = None
    findings: tuple[str, ...] = ()
    carrier: str | None = None


class World:
    """Records parcels in a store as intake would: signed batches, receipts, gapless positions, parcel rows."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seq = 0
        log_head(session)

    def register(self) -> None:
        """The invented carriers and their stations."""
        for carrier in CARRIERS:
            save_carrier(self.session, carrier)
            for code, name, division in STATIONS:
                save_station(self.session, Station(carrier.code, code, name, division, verified=True))
        save_carrier(self.session, Carrier("UNKNOWNCO"))
        self.session.flush()

    def record(self, waybill_no: str, carrier: str, told: Iterable[Told]) -> list[UUID]:
        """Record a parcel's scans; their ids in order. A second call adds to the same parcel."""
        ids = [self._record(waybill_no, carrier, each) for each in told]
        known = parcel_of(self.session, waybill_no) is not None
        parcel, _, _ = fold(events_of(self.session, waybill_no))
        save_parcels(self.session, [parcel], known=[waybill_no] if known else [])
        return ids

    def record_many(self, parcels: Sequence[tuple[str, str, Sequence[Told]]]) -> None:
        """Record many parcels."""
        for waybill_no, carrier, told in parcels:
            self.record(waybill_no, carrier, told)

    def _record(self, waybill_no: str, carrier: str, told: Told) -> UUID:
        self.seq += 1
        moment = NOW - timedelta(hours=told.hours)
        event = ScanEvent(
            event_id=build_event_id(moment, self.seq.to_bytes(10, "big")),
            seq=self.seq,
            step=told.step,
            event_time=moment,
            waybill_no=waybill_no,
            operator=told.operator,
            position=told.place,
            details=encode_details(told.details),
            corrects=told.corrects,
        )
        post = Post(told.carrier or carrier, told.station, told.device)
        self._append(encode_event(event), post, record_time=moment + timedelta(seconds=40), findings=told.findings)
        return event.event_id

    def _append(self, body: bytes, post: Post, *, record_time: datetime, findings: tuple[str, ...]) -> None:
        read, head = decode_event(body), log_head(self.session, lock=True)
        device_no = device_counts(self.session, [post])[post].device_no
        batch_id = build_event_id(record_time, b"batch" + self.seq.to_bytes(5, "big"))
        payload = encode_batch([body], post=post, key=KEY, batch_id=batch_id, sent_at=record_time)
        number = head.position + 1
        scan = Scan(
            event_id=read.scan.event_id, waybill_no=read.scan.waybill_no or "", step=read.scan.step,
            event_time=read.scan.event_time, record_time=record_time, carrier=post.carrier, station=post.station,
            device=post.device, seq=read.scan.seq, details=read.details, operator=read.scan.operator,
            place=read.scan.position, corrects=read.scan.corrects, imported=post.device == "replay",
            intake_findings=findings, position=number,
        )  # fmt: skip
        receipt = self._receipt(head, batch_id, payload, number, record_time)
        append_receipts(self.session, [(number, record_time, receipt)])
        jws = open_batch(payload).envelope_head
        append_batches(self.session, [NewBatch(number, batch_id, device_no, digest_of(payload), number, jws)])
        append_events(self.session, [NewEvent(scan, body, device_no, number, 0)])
        save_log_head(self.session, replace(head, position=number, batch_no=number, receipt_no=number))

    def _receipt(self, head: LogHead, batch_id: UUID, payload: bytes, position: int, record_time: datetime) -> str:
        batch = BatchReceipt(batch_id, digest_of(payload), 1, 0, [], None, position, position)
        return sign_receipt(Receipt(1, head.store, head.epoch, [batch], record_time), KEY)
