"""Gaps (轨迹缺失): scans that must have happened before this one and are not there."""

from datetime import timedelta

from tracker.chain.findings import Anomaly, Finding
from tracker.chain.parcel import BEFORE_THE_JOURNEY, Parcel
from tracker.chain.scan import Scan
from tracker.chain.state import State
from tracker.wire.steps import Step

SILENCE_TERM = timedelta(hours=24)
DELIVERY_STEPS = frozenset({Step.OUT_FOR_DELIVERY, Step.STORED})
_WAITING = frozenset({State.HELD, State.AWAITING_PICKUP, State.LOST})


def find_gaps(parcel: Parcel, scan: Scan) -> list[Anomaly]:
    """What is missing between the parcel so far, not final, and its next scan; each from when to when."""
    if scan.step in BEFORE_THE_JOURNEY:
        return []
    codes = [*_missing_before(parcel, scan), *_missing_on_the_road(parcel, scan)]
    if _is_silent(parcel, scan):
        codes.append(Finding.SILENCE)
    return [Anomaly(code, scan.event_id, since=parcel.last_time, until=scan.event_time) for code in codes]


def _missing_before(parcel: Parcel, scan: Scan) -> list[Finding]:
    found = []
    if parcel.accepted_at is None and not parcel.on_the_way:
        found.append(Finding.MISSING_ACCEPTED)
    if scan.step is Step.DELIVERED and not DELIVERY_STEPS & parcel.steps.keys():
        found.append(Finding.MISSING_OUT_FOR_DELIVERY)
    return found


def _missing_on_the_road(parcel: Parcel, scan: Scan) -> list[Finding]:
    moved = scan.station != parcel.road_station
    if scan.step is Step.DEPARTED and parcel.road_step is Step.DEPARTED and moved:
        return [Finding.MISSING_ARRIVED]
    if scan.step is Step.ARRIVED and parcel.road_step is Step.ARRIVED and moved:
        return [Finding.MISSING_DEPARTED]
    if scan.step in DELIVERY_STEPS and parcel.road_step is Step.DEPARTED:
        return [Finding.MISSING_ARRIVED]
    return []


def _is_silent(parcel: Parcel, scan: Scan) -> bool:
    """More than 24 h without a scan, unless the parcel waits for somebody or is not in the carrier's hands yet."""
    if parcel.last_time is None or parcel.accepted_at is None or parcel.state in _WAITING:
        return False
    return scan.event_time - parcel.last_time > SILENCE_TERM
