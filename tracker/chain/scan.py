"""A scan as the chain sees it: a fact about one parcel, read and verified."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.wire.details import Details
from tracker.wire.event import Correction, Position
from tracker.wire.steps import STEP_ORDER, Step

FoldKey = tuple[datetime, int, int]


@dataclass(frozen=True, slots=True)
class Scan:
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
