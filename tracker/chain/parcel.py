"""A parcel's life so far (邮件快件): the fold over its scans, which the store keeps as one row."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tracker.chain.corrections import apply_corrections
from tracker.chain.findings import GAPS, Anomaly, Finding
from tracker.chain.scan import FoldKey, Scan
from tracker.wire.event import AcceptedDetails, ScreenedDetails, StoredDetails, parse_promise
from tracker.wire.steps import STEP_ORDER, Step

DELIVERY_TERM = timedelta(hours=72)  # without a promise: 72 h from acceptance
SILENCE_TERM = timedelta(hours=24)


class State(StrEnum):
    """Where a parcel is in its life."""

    ANNOUNCED = "announced"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AWAITING_PICKUP = "awaiting_pickup"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    HELD = "held"
    LOST = "lost"
    DESTROYED = "destroyed"


FINAL = frozenset({State.DELIVERED, State.RETURNED, State.DESTROYED})
_STARTS = {Step.ANNOUNCED: State.ANNOUNCED, Step.ACCEPTED: State.ACCEPTED}
_LEAVES_STATE = frozenset({Step.SCREENED, Step.BAGGED, Step.UNBAGGED, Step.DAMAGED, Step.ATTEMPTED})
_MOVES = {
    Step.DEPARTED: State.IN_TRANSIT,
    Step.ARRIVED: State.IN_TRANSIT,
    Step.HANDED_OVER: State.IN_TRANSIT,
    Step.OUT_FOR_DELIVERY: State.OUT_FOR_DELIVERY,
    Step.STORED: State.AWAITING_PICKUP,
}
_SETS = {
    Step.REFUSED: State.HELD,
    Step.HELD: State.HELD,
    Step.RETURNING: State.RETURNING,
    Step.LOST: State.LOST,
    Step.DELIVERED: State.DELIVERED,
    Step.RETURNED: State.RETURNED,
    Step.DESTROYED: State.DESTROYED,
}
_BEFORE_THE_JOURNEY = frozenset({Step.ANNOUNCED, Step.ACCEPTED})
_DELIVERY_STEPS = frozenset({Step.OUT_FOR_DELIVERY, Step.STORED})


@dataclass(slots=True)
class StepCount:
    """How often a step was scanned, first and last when."""

    count: int
    first: datetime
    last: datetime


@dataclass(slots=True)
class Parcel:
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
    def on_the_way(self) -> bool:
        """Whether the feed tells anything after acceptance."""
        return any(step not in _BEFORE_THE_JOURNEY for step in self.steps)


def fold(scans: Iterable[Scan]) -> tuple[Parcel, list[Anomaly], list[Scan]]:
    """The parcel of one waybill's scans, its anomalies in order and the scans that count, in order.

    Needs at least one scan. Any order and any repetition of the same scans gives the same answer.
    """
    known = list(scans)
    counted, anomalies = apply_corrections(known)
    parcel = Parcel(waybill_no=known[0].waybill_no, carrier="")
    for anomaly in anomalies:
        _count(parcel, anomaly.code)
    for scan in counted:
        anomalies.extend(_take(parcel, scan))
    unique = {scan.event_id: scan for scan in known}
    parcel.corrections = sum(scan.corrects is not None for scan in unique.values())
    parcel.last_position = max(scan.position for scan in unique.values())
    if not parcel.carrier:  # every scan was declared not to have occurred
        parcel.carrier = min(unique.values(), key=lambda scan: scan.fold_key).carrier
    return parcel, anomalies, counted


def can_advance(parcel: Parcel, scans: list[Scan]) -> bool:
    """Whether the fast path is open: every new scan comes after the parcel's last and nothing corrects anything."""
    last = last_key(parcel)
    if parcel.corrections or last is None:
        return False
    return all(scan.corrects is None and scan.fold_key > last for scan in scans)


def advance(parcel: Parcel, scans: list[Scan]) -> Parcel:
    """The parcel after new scans, given in fold order; the same as folding all its scans (see can_advance)."""
    after = copy(parcel)
    after.steps = {step: copy(times) for step, times in parcel.steps.items()}
    after.findings = dict(parcel.findings)
    for scan in scans:
        _take(after, scan)
        after.last_position = max(after.last_position, scan.position)
    return after


def last_key(parcel: Parcel) -> FoldKey | None:
    """The fold key of the last scan that counted; None when none did."""
    if parcel.last_time is None or parcel.last_step is None or parcel.last_event_id is None:
        return None
    return (parcel.last_time, STEP_ORDER[parcel.last_step], parcel.last_event_id.int)


def _count(parcel: Parcel, code: Finding) -> None:
    parcel.findings[code] = parcel.findings.get(code, 0) + 1


def _take(parcel: Parcel, scan: Scan) -> list[Anomaly]:
    """Add one scan in its turn; the anomalies that it brings. After a final state it is counted and changes no fact."""
    anomalies = [Anomaly(Finding(code), scan.event_id) for code in scan.intake_findings]
    if parcel.state in FINAL:
        anomalies.append(Anomaly(Finding.SCAN_AFTER_FINAL, scan.event_id))
    else:
        anomalies += _find_gaps(parcel, scan)
        anomalies += _take_state(parcel, scan)
        anomalies += _take_promise(parcel, scan)
        _take_marks(parcel, scan)
        _take_bounds(parcel, scan)
    if scan.step is Step.ACCEPTED and not _is_identified(scan):
        anomalies.append(Anomaly(Finding.IDENTITY_MISSING, scan.event_id))
    _take_count(parcel, scan)
    for anomaly in anomalies:
        _count(parcel, anomaly.code)
    return anomalies


def _take_state(parcel: Parcel, scan: Scan) -> list[Anomaly]:
    state, step = parcel.state, scan.step
    if step in _STARTS:
        if state is None or state is State.ANNOUNCED:
            parcel.state = _STARTS[step]
            return []
        return [Anomaly(Finding.STEP_OUT_OF_ORDER, scan.event_id)]
    if step in _LEAVES_STATE:
        parcel.state = state or State.IN_TRANSIT
        parcel.damaged = parcel.damaged or step is Step.DAMAGED
        return []
    if step in _MOVES:
        parcel.state = State.RETURNING if state is State.RETURNING else _MOVES[step]
    else:
        parcel.state = _SETS[step]
    if parcel.state in FINAL:
        parcel.final_at = scan.event_time
    if state is State.LOST and parcel.state is not State.LOST:
        return [Anomaly(Finding.FOUND, scan.event_id)]
    return []


def _take_promise(parcel: Parcel, scan: Scan) -> list[Anomaly]:
    if scan.details.promised_at is None:
        return []
    promise = parse_promise(scan.details.promised_at)
    known = parcel.pickup_due if scan.step is Step.ANNOUNCED else parcel.delivery_due
    if known is not None:
        return [Anomaly(Finding.PROMISE_CHANGED, scan.event_id)] if promise != known else []
    if scan.step is Step.ANNOUNCED:
        parcel.pickup_due = promise
    else:
        parcel.delivery_due = promise
    return []


def _is_identified(scan: Scan) -> bool:
    identity = scan.details.identity if isinstance(scan.details, AcceptedDetails) else None
    return identity is not None and (identity.checked is True or identity.exemption is not None)


def _take_marks(parcel: Parcel, scan: Scan) -> None:
    """What the scan shows of duties and of the parcel itself; the first acceptance counts."""
    details = scan.details
    if isinstance(details, AcceptedDetails) and parcel.accepted_at is None:
        parcel.carrier = scan.carrier
        parcel.accepted_at = scan.event_time
        parcel.imported = scan.imported
        parcel.origin = details.origin
        parcel.destination = details.destination
        parcel.weight_g = details.weight_g
        parcel.identity_checked = _is_identified(scan)
        parcel.inspected = details.inspection is not None and details.inspection.result is not None
    elif scan.step is Step.ANNOUNCED and parcel.announced_at is None:
        parcel.announced_at = scan.event_time
    elif isinstance(details, ScreenedDetails):
        parcel.screened = True
    elif isinstance(details, StoredDetails):
        parcel.stored_without_consent = parcel.stored_without_consent or details.consent is None


def _find_gaps(parcel: Parcel, scan: Scan) -> list[Anomaly]:
    """The scans that must have happened before this one and are not there."""
    if scan.step in _BEFORE_THE_JOURNEY:
        return []
    since, until, found = parcel.last_time, scan.event_time, []
    if parcel.accepted_at is None and not parcel.on_the_way:
        found.append(Finding.MISSING_ACCEPTED)
    if scan.step is Step.DEPARTED and parcel.road_step is Step.DEPARTED and scan.station != parcel.road_station:
        found.append(Finding.MISSING_ARRIVED)
    if scan.step is Step.ARRIVED and parcel.road_step is Step.ARRIVED and scan.station != parcel.road_station:
        found.append(Finding.MISSING_DEPARTED)
    if scan.step in _DELIVERY_STEPS and parcel.road_step is Step.DEPARTED:
        found.append(Finding.MISSING_ARRIVED)
    if scan.step is Step.DELIVERED and not _DELIVERY_STEPS & parcel.steps.keys():
        found.append(Finding.MISSING_OUT_FOR_DELIVERY)
    waits = parcel.state in (State.HELD, State.AWAITING_PICKUP, State.LOST)
    if since is not None and parcel.accepted_at is not None and not waits and until - since > SILENCE_TERM:
        found.append(Finding.SILENCE)
    return [Anomaly(code, scan.event_id, since=since, until=until) for code in found]


def _take_bounds(parcel: Parcel, scan: Scan) -> None:
    """First and last: who had the parcel, and what the next scan on the road must fit."""
    if scan.step is not Step.ANNOUNCED:
        parcel.first_station = parcel.first_station or scan.station
        parcel.last_station = scan.station
        parcel.first_operator = parcel.first_operator or scan.operator
        parcel.last_operator = scan.operator or parcel.last_operator
    if scan.step in (Step.DEPARTED, Step.ARRIVED):
        parcel.road_step, parcel.road_station = scan.step, scan.station
    elif scan.step in _DELIVERY_STEPS or scan.step is Step.HANDED_OVER:
        parcel.road_step, parcel.road_station = None, None


def _take_count(parcel: Parcel, scan: Scan) -> None:
    """How often and when: the bookkeeping that every scan brings."""
    parcel.carrier = parcel.carrier or scan.carrier
    parcel.scans += 1
    times = parcel.steps.get(scan.step)
    if times is None:
        parcel.steps[scan.step] = StepCount(1, scan.event_time, scan.event_time)
    else:
        times.count, times.last = times.count + 1, scan.event_time
    parcel.last_step, parcel.last_time, parcel.last_event_id = scan.step, scan.event_time, scan.event_id
