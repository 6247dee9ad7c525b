"""A parcel (邮件快件): its life so far as one record, which the store keeps as one row."""

from copy import copy
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from msgspec import Struct, field

from tracker.chain.findings import GAPS, Finding
from tracker.chain.scan import FoldKey
from tracker.chain.state import State
from tracker.wire.steps import STEP_ORDER, Step

DELIVERY_TERM = timedelta(hours=72)  # without a promise: 72 h from acceptance
RECORDED_LATE = timedelta(hours=2)  # a scan that reaches the store later than this after it was made [P]
_MILLISECOND = timedelta(milliseconds=1)
_CITY = 4  # the digits of a division code that name the city (GB/T 2260)
BEFORE_THE_JOURNEY = frozenset({Step.ANNOUNCED, Step.ACCEPTED})


class StepCount(Struct, frozen=True, array_like=True):
    """How often a step was scanned, first and last when."""

    count: int
    first: datetime
    last: datetime


class Parcel(Struct, omit_defaults=True):
    """One parcel as its scans tell it; None is "not known", never "no".

    `pickup_due` and `delivery_due` are the first promises in order; `due_at` is the delivery promise or 72 h after
    acceptance. `findings` counts each code. `last_position` is the highest log position among its scans.
    `scans_late`: how many of its scans were recorded more than RECORDED_LATE after they were made.
    """

    waybill_no: str
    carrier: str
    state: State | None = None
    origin: str | None = None
    destination: str | None = None
    announced_at: datetime | None = None
    pickup_due: datetime | None = None
    accepted_at: datetime | None = None
    delivery_due: datetime | None = None
    final_at: datetime | None = None
    weight_g: int | None = None
    first_station: str | None = None
    last_station: str | None = None
    first_operator: str | None = None
    last_operator: str | None = None
    identity_checked: bool = False
    inspected: bool = False
    screened: bool = False
    stored_without_consent: bool = False
    damaged: bool = False
    imported: bool = False
    scans: int = 0
    scans_late: int = 0
    corrections: int = 0
    steps: dict[Step, StepCount] = field(default_factory=dict)
    findings: dict[Finding, int] = field(default_factory=dict)
    last_step: Step | None = None
    last_time: datetime | None = None
    last_event_id: UUID | None = None
    road_step: Step | None = None  # the last departed or arrived, and where: what the next one must fit
    road_station: str | None = None
    last_position: int = 0

    def copied(self) -> "Parcel":
        """Another record of the same life, to be carried on without changing this one."""
        other = copy(self)
        other.steps = dict(self.steps)
        other.findings = dict(self.findings)
        return other

    @property
    def due_at(self) -> datetime | None:
        """The moment after which delivery is late; None before acceptance when nothing was promised."""
        if self.delivery_due is not None:
            return self.delivery_due
        return self.accepted_at + DELIVERY_TERM if self.accepted_at is not None else None

    @property
    def delivered_at(self) -> datetime | None:
        return self.final_at if self.state is State.DELIVERED else None

    @property
    def gaps(self) -> int:
        """How many gaps its trace has."""
        return sum(count for code, count in self.findings.items() if code in GAPS)

    @property
    def most_events(self) -> int:
        """At least as many as its events: a correction and what it corrects may both be no scan that counts."""
        return self.scans + 2 * self.corrections

    @property
    def on_the_way(self) -> bool:
        """Whether the feed tells anything after acceptance."""
        return not self.steps.keys() <= BEFORE_THE_JOURNEY

    @property
    def same_city(self) -> bool:
        """Whether it was posted and is to be delivered in one city (同城)."""
        if not self.origin or not self.destination:
            return False
        return self.origin[:_CITY] == self.destination[:_CITY]

    @property
    def full_ms(self) -> int | None:
        """The full time (全程时限), from acceptance to sign-off in milliseconds; None unless delivered."""
        return _between(self.accepted_at, self.delivered_at)

    @property
    def origin_ms(self) -> int | None:
        """The time at the place of posting (寄出地处理), acceptance to the first departure."""
        return self._stage(0)

    @property
    def transport_ms(self) -> int | None:
        """The time on the road (运输), the first departure to the last arrival."""
        return self._stage(1)

    @property
    def destination_ms(self) -> int | None:
        """The time at the place of delivery (寄达地处理), the last arrival to the first going out for delivery."""
        return self._stage(2)

    @property
    def delivery_ms(self) -> int | None:
        """The time of delivery (投递), the first going out for delivery to sign-off."""
        return self._stage(3)

    def _stage(self, number: int) -> int | None:
        """One stage of a delivered parcel's way; None unless all five ends are known and in order: stages add up."""
        if self.delivered_at is None:
            return None
        departed, arrived, out = map(self.steps.get, (Step.DEPARTED, Step.ARRIVED, Step.OUT_FOR_DELIVERY))
        if departed is None or arrived is None or out is None:
            return None
        ends = (self.accepted_at, departed.first, arrived.last, out.first, self.delivered_at)
        stages = [_between(start, end) for start, end in pairwise(ends)]
        return None if None in stages else stages[number]

    @property
    def last_key(self) -> FoldKey | None:
        """The fold key of the last scan that counted; None when none did."""
        if self.last_time is None or self.last_step is None or self.last_event_id is None:
            return None
        return (self.last_time, STEP_ORDER[self.last_step], self.last_event_id.int)


def _between(start: datetime | None, end: datetime | None) -> int | None:
    """Whole milliseconds; None where an end is missing or they are the wrong way round."""
    if start is None or end is None or end < start:
        return None
    return (end - start) // _MILLISECOND
