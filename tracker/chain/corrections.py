"""Corrections (更正): which events count once corrections are heard (EPCIS error declaration).

A correction says that another event did not occur (then neither counts) or had wrong data (then it takes its place).
Its own station may correct an event at once, any other station of its carrier when 24 h have passed.
Of several corrections of one event the last made holds. A correction may itself be corrected: declared not to have
occurred it has no effect; replaced, it hands on what it corrected. Corrections in a circle correct nothing.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from tracker.chain.findings import Anomaly, Finding
from tracker.chain.scan import Scan
from tracker.wire.event_ids import time_of

STATION_TERM = timedelta(hours=24)

Correctors = Mapping[UUID, list[Scan]]  # a corrected event's id → the scans that may correct it
Holders = dict[UUID, Scan | None]  # a corrected event's id → the correction that holds, if any does


def apply_corrections(scans: Iterable[Scan]) -> tuple[list[Scan], list[Anomaly]]:
    """The scans that count, in fold order, and the findings about corrections that could not be applied.

    Any arrival order and any repetition of the same scans gives the same answer.
    """
    known = {scan.event_id: scan for scan in scans}
    ordered = sorted(known.values(), key=lambda scan: scan.fold_key)
    correctors, findings = _link(ordered, known)
    holders = _settle(correctors)
    for target in correctors.keys() - holders.keys():
        findings |= {scan.event_id: Finding.CORRECTION_NOT_ALLOWED for scan in correctors[target]}
    replacing = _find_replacements(correctors, holders)
    counted = [scan for scan in ordered if holders.get(scan.event_id) is None and _counts(scan, replacing, findings)]
    return counted, [Anomaly(findings[scan.event_id], scan.event_id) for scan in ordered if scan.event_id in findings]


def may_correct(scan: Scan, target: Scan) -> bool:
    """Whether `scan` may correct `target`: the same carrier, and within 24 h only the same station.

    A correction's event time is when the thing truly happened, its id when it was made: the later of the two counts.
    """
    if scan.carrier != target.carrier:
        return False
    happened = scan.event_time - target.event_time
    made = time_of(scan.event_id) - time_of(target.event_id)
    return scan.station == target.station or max(happened, made) > STATION_TERM


def _link(ordered: list[Scan], known: Mapping[UUID, Scan]) -> tuple[Correctors, dict[UUID, Finding]]:
    correctors: defaultdict[UUID, list[Scan]] = defaultdict(list)
    findings: dict[UUID, Finding] = {}
    for scan in ordered:
        if scan.corrects is None:
            continue
        target = known.get(scan.corrects.event_id)
        if target is None:
            findings[scan.event_id] = Finding.CORRECTION_WITHOUT_TARGET
        elif not may_correct(scan, target):
            findings[scan.event_id] = Finding.CORRECTION_NOT_ALLOWED
        else:
            correctors[target.event_id].append(scan)
    return dict(correctors), findings


def _settle(correctors: Correctors) -> Holders:
    """Which correction holds, settled from corrections that nothing corrects upwards; a circle stays out."""
    target_of = {scan.event_id: target for target, group in correctors.items() for scan in group}
    open_below = {target: sum(scan.event_id in correctors for scan in group) for target, group in correctors.items()}
    ready = deque(target for target, count in open_below.items() if count == 0)
    holders: Holders = {}
    while ready:
        target = ready.popleft()
        standing = [scan for scan in correctors[target] if not _denies(holders.get(scan.event_id))]
        holders[target] = max(standing, key=lambda scan: scan.event_id.int, default=None)
        if (above := target_of.get(target)) is not None:
            open_below[above] -= 1
            if open_below[above] == 0:
                ready.append(above)
    return holders


def _find_replacements(correctors: Correctors, holders: Holders) -> dict[UUID, bool]:
    """For each correction with a known target, whether it stands in an event's place, itself or through others."""
    replacing = {scan.event_id: False for target in holders for scan in correctors[target]}
    for target, holder in reversed(holders.items()):
        if holder is not None:
            replacing[holder.event_id] = replacing.get(target, True)
    return replacing


def _counts(scan: Scan, replacing: Mapping[UUID, bool], findings: Mapping[UUID, Finding]) -> bool:
    """Whether an event that no correction took out counts: as itself, or as what took another's place."""
    if scan.corrects is None:
        return True
    if _denies(scan) or findings.get(scan.event_id) is Finding.CORRECTION_NOT_ALLOWED:
        return False
    return replacing.get(scan.event_id, True)


def _denies(scan: Scan | None) -> bool:
    return scan is not None and scan.corrects is not None and scan.corrects.reason == "did_not_occur"
