"""A scan as the chain sees it: a fact about one parcel, read and verified."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from tracker.wire.details import Details
from tracker.wire.event import Correction, Position, ReadEvent
from tracker.wire.steps import STEP_ORDER, Step
from tracker.wire.topics import GATEWAY_DEVICE, Post

FoldKey = tuple[datetime, int, int]


class Scan(Struct, frozen=True):
    """One recorded event of one parcel.

    `event_time` is the device's clock, `record_time` ours, both aware. `position` is where the log put it.
    `intake_findings` are codes that only the intake could see (clock_skew, seq_reused).
    """

    event_id: UUID
    waybill_no: str
    step: Step
    event_time: datetime
    record_time: datetime
    carrier: str
    station: str
    device: str
    seq: int
    details: Details
    operator: str | None = None
    place: Position | None = None
    corrects: Correction | None = None
    imported: bool = False  # history that came through a gateway, not from the device that scanned
    intake_findings: tuple[str, ...] = ()
    position: int = 0

    @property
    def fold_key(self) -> FoldKey:
        """The order of a parcel's life: (event_time, order of the steps, event_id)."""
        return (self.event_time, STEP_ORDER[self.step], self.event_id.int)


def build_scan(item: ReadEvent, post: Post, *, record_time: datetime, findings: Iterable[str], position: int) -> Scan:
    """The fact in a read event, as the device at `post` told it."""
    scan = item.scan
    return Scan(
        event_id=scan.event_id,
        waybill_no=scan.waybill_no or "",
        step=scan.step,
        event_time=scan.event_time,
        record_time=record_time,
        carrier=post.carrier,
        station=post.station,
        device=post.device,
        seq=scan.seq,
        details=item.details,
        operator=scan.operator,
        place=scan.position,
        corrects=scan.corrects,
        imported=post.device == GATEWAY_DEVICE,
        intake_findings=tuple(findings),
        position=position,
    )
