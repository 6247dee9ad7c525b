"""A trace (轨迹): one parcel's whole chain, with its gaps in place."""

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.chain.findings import Anomaly
from tracker.chain.fold import fold
from tracker.chain.parcel import Parcel
from tracker.chain.scan import Scan
from tracker.chain.state import State


@dataclass(frozen=True, slots=True)
class Trace:
    """The parcel, the scans that count in order, those that corrections took out, and what does not fit."""

    parcel: Parcel
    scans: list[Scan]
    corrected: list[Scan]
    anomalies: list[Anomaly]

    @property
    def state(self) -> State | None:
        return self.parcel.state

    @property
    def carrier(self) -> str:
        return self.parcel.carrier


def build_trace(scans: Iterable[Scan]) -> Trace | None:
    """The trace of one waybill's scans; None when there are none. Any order, repeats and late ones: the same trace."""
    known = {scan.event_id: scan for scan in scans}
    if not known:
        return None
    parcel, anomalies, counted = fold(known.values())
    kept = {scan.event_id for scan in counted}
    corrected = sorted((scan for key, scan in known.items() if key not in kept), key=lambda scan: scan.fold_key)
    return Trace(parcel=parcel, scans=counted, corrected=corrected, anomalies=anomalies)
