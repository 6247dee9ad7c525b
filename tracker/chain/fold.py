"""The fold (折叠): a parcel's scans, taken in order, become its life so far and the findings on the way."""

from collections.abc import Iterable

from tracker.chain.corrections import apply_corrections
from tracker.chain.findings import Anomaly, Finding
from tracker.chain.gaps import DELIVERY_STEPS, find_gaps
from tracker.chain.parcel import RECORDED_LATE, Parcel, StepCount
from tracker.chain.scan import Scan
from tracker.chain.state import FINAL, State, next_state
from tracker.realname.second_check import is_identified, look_again
from tracker.wire.details import AcceptedDetails, ScreenedDetails, StoredDetails, parse_promise
from tracker.wire.steps import Step


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
    last = parcel.last_key
    if parcel.corrections or last is None:
        return False
    return all(scan.corrects is None and scan.fold_key > last for scan in scans)


def advance(parcel: Parcel, scans: list[Scan]) -> Parcel:
    """The parcel after new scans, given in fold order; the same as folding all its scans (see can_advance)."""
    after = parcel.copied()
    for scan in scans:
        _take(after, scan)
        after.last_position = max(after.last_position, scan.position)
    return after


def carry_on(parcel: Parcel, scans: list[Scan]) -> Parcel:
    """The parcel after new scans where its earlier ones are archived, so that no fold has them all.

    Scans after its last carry it on; those before it stay in the trace and change nothing: what is known of a parcel
    from all its scans is not given up for what some of them tell.
    """
    last = parcel.last_key
    later = [scan for scan in scans if scan.corrects is None and (last is None or scan.fold_key > last)]
    after = advance(parcel, sorted(later, key=lambda scan: scan.fold_key))
    after.last_position = max(after.last_position, *(scan.position for scan in scans))
    return after


def _count(parcel: Parcel, code: Finding) -> None:
    parcel.findings[code] = parcel.findings.get(code, 0) + 1


def _take(parcel: Parcel, scan: Scan) -> list[Anomaly]:
    """Add one scan in its turn; the anomalies that it brings. After a final state it is counted and changes no fact."""
    anomalies = [Anomaly(Finding(code), scan.event_id) for code in scan.intake_findings]
    if parcel.state in FINAL:
        anomalies.append(Anomaly(Finding.SCAN_AFTER_FINAL, scan.event_id))
    else:
        anomalies += find_gaps(parcel, scan)
        anomalies += _take_state(parcel, scan)
        anomalies += _take_promise(parcel, scan)
        _take_marks(parcel, scan)
        _take_bounds(parcel, scan)
    if isinstance(scan.details, AcceptedDetails):
        anomalies += [Anomaly(code, scan.event_id) for code in look_again(scan.details, scan)]
    _take_count(parcel, scan)
    for anomaly in anomalies:
        _count(parcel, anomaly.code)
    return anomalies


def _take_state(parcel: Parcel, scan: Scan) -> list[Anomaly]:
    before, after = parcel.state, next_state(parcel.state, scan.step)
    if after is None:
        return [Anomaly(Finding.STEP_OUT_OF_ORDER, scan.event_id)]
    parcel.state = after
    parcel.damaged = parcel.damaged or scan.step is Step.DAMAGED
    if after in FINAL:
        parcel.final_at = scan.event_time
    if before is State.LOST and after is not State.LOST:
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
        parcel.identity_checked = is_identified(details, scan)
        parcel.inspected = details.inspection is not None and details.inspection.result is not None
    elif scan.step is Step.ANNOUNCED and parcel.announced_at is None:
        parcel.announced_at = scan.event_time
    elif isinstance(details, ScreenedDetails):
        parcel.screened = True
    elif isinstance(details, StoredDetails):
        parcel.stored_without_consent = parcel.stored_without_consent or details.consent is None


def _take_bounds(parcel: Parcel, scan: Scan) -> None:
    """First and last: who had the parcel, and what the next scan on the road must fit."""
    if scan.step is not Step.ANNOUNCED:
        parcel.first_station = parcel.first_station or scan.station
        parcel.last_station = scan.station
        parcel.first_operator = parcel.first_operator or scan.operator
        parcel.last_operator = scan.operator or parcel.last_operator
    if scan.step in (Step.DEPARTED, Step.ARRIVED):
        parcel.road_step, parcel.road_station = scan.step, scan.station
    elif scan.step in DELIVERY_STEPS or scan.step is Step.HANDED_OVER:
        parcel.road_step, parcel.road_station = None, None


def _take_count(parcel: Parcel, scan: Scan) -> None:
    """How often and when: the bookkeeping that every scan brings."""
    parcel.carrier = parcel.carrier or scan.carrier
    parcel.scans += 1
    parcel.scans_late += not scan.imported and scan.record_time - scan.event_time > RECORDED_LATE
    times = parcel.steps.get(scan.step)
    count, first = (times.count, times.first) if times else (0, scan.event_time)
    parcel.steps[scan.step] = StepCount(count + 1, first, scan.event_time)
    parcel.last_step, parcel.last_time, parcel.last_event_id = scan.step, scan.event_time, scan.event_id
