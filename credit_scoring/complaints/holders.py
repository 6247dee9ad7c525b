"""Holders (责任链): who had a parcel in hand when, by its scans; proposes who answers for a complaint. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from credit_scoring.complaints.codes.categories import Category
from tracker.chain.scan import Scan
from tracker.wire.steps import Step

AT_THE_END = {Category.DELIVERY, Category.CASH_ON_DELIVERY}
AT_THE_START = {Category.ACCEPTANCE, Category.OVERCHARGE}
ENDS = {Step.DELIVERED, Step.STORED, Step.RETURNED, Step.ATTEMPTED, Step.OUT_FOR_DELIVERY}


@dataclass(frozen=True, slots=True)
class Holding:
    """A carrier's station had it from one scan until the next one elsewhere; `until` None: it has it still."""

    carrier: str
    station: str
    since: datetime
    until: datetime | None
    last_step: Step


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whom the scans point at, and why; a person decides."""

    carrier: str
    station: str | None
    reason: str


def find_holdings(scans: Sequence[Scan]) -> list[Holding]:
    """Who held it, in the order of the scans; orders, which move nothing, are left out."""
    moved = [scan for scan in scans if scan.step is not Step.ANNOUNCED]
    found: list[Holding] = []
    for scan in moved:
        if found and (found[-1].carrier, found[-1].station) == (scan.carrier, scan.station):
            last = found[-1]
            found[-1] = Holding(last.carrier, last.station, last.since, None, scan.step)
            continue
        if found:
            last = found[-1]
            found[-1] = Holding(last.carrier, last.station, last.since, scan.event_time, last.last_step)
        found.append(Holding(scan.carrier, scan.station, scan.event_time, None, scan.step))
    return found


def propose_responsible(scans: Sequence[Scan], category: Category, *, carrier: str, now: datetime) -> Proposal:
    """Who probably answers for a complaint of this category; without scans, the parcel's carrier."""
    held = find_holdings(scans)
    if not held:
        return Proposal(carrier, None, "no_scans")
    if category in AT_THE_START:
        return Proposal(held[0].carrier, held[0].station, "accepted_it")
    if category in AT_THE_END:
        last = next((scan for scan in reversed(scans) if scan.step in ENDS), None)
        return _by(last, "delivered_it") if last else Proposal(held[-1].carrier, held[-1].station, "had_it_last")
    if category is Category.DAMAGE:
        seen = next((scan for scan in scans if scan.step is Step.DAMAGED), None)
        if seen is not None:
            return _by(seen, "found_it_damaged")
    if category is Category.DELAY:
        longest = max(held, key=lambda each: (each.until or now) - each.since)
        return Proposal(longest.carrier, longest.station, "held_it_longest")
    return Proposal(held[-1].carrier, held[-1].station, "had_it_last")


def _by(scan: Scan, reason: str) -> Proposal:
    return Proposal(scan.carrier, scan.station, reason)
