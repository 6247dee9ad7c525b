"""A parcel (邮件快件): its life so far as one record, which the store keeps as one row."""

from copy import copy
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct, field

from tracker.chain.findings import GAPS, Finding
from tracker.chain.scan import FoldKey
from tracker.chain.state import State
from tracker.wire.steps import STEP_ORDER, Step

DELIVERY_TERM = timedelta(hours=72)  # without a promise: 72 h from acceptance
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
    def last_key(self) -> FoldKey | None:
        """The fold key of the last scan that counted; None when none did."""
        if self.last_time is None or self.last_step is None or self.last_event_id is None:
            return None
        return (self.last_time, STEP_ORDER[self.last_step], self.last_event_id.int)
