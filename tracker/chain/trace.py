"""A trace (轨迹): one parcel's whole chain, with its gaps in place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.chain.corrections import apply_corrections
from tracker.chain.findings import Anomaly
from tracker.chain.fold import fold
from tracker.chain.parcel import Parcel
from tracker.chain.scan import Scan
from tracker.chain.state import State


@dataclass(frozen=True, slots=True)
class ArchivedScans:
    """How many scans of a parcel stand in a month's archive, and since when."""

    month: str
    scans: int
    archived_at: datetime


@dataclass(frozen=True, slots=True)
class Trace:
    """The parcel, the scans that count in order, those that corrections took out, and what does not fit.

    Where `archived` names months (as 2025-01, each with when it was archived), the parcel is what all its scans told;
    the scans are those that are still here, perhaps none.
    """

    parcel: Parcel
    scans: list[Scan]
    corrected: list[Scan]
    anomalies: list[Anomaly]
    archived: tuple[ArchivedScans, ...] = ()

    @property
    def state(self) -> State | None:
        return self.parcel.state

    @property
    def carrier(self) -> str:
        return self.parcel.carrier


def build_archived_trace(parcel: Parcel, scans: Iterable[Scan], archived: Sequence[ArchivedScans]) -> Trace:
    """The trace of a parcel some of whose scans are archived: what its row tells, and the scans that are left.

    What does not fit cannot be told from some of the scans; the row has counted it from all.
    """
    known = {scan.event_id: scan for scan in scans}
    counted, _ = apply_corrections(known.values())
    kept = {scan.event_id for scan in counted}
    corrected = sorted((scan for key, scan in known.items() if key not in kept), key=lambda scan: scan.fold_key)
    return Trace(parcel=parcel, scans=counted, corrected=corrected, anomalies=[], archived=tuple(archived))


def build_trace(scans: Iterable[Scan]) -> Trace | None:
    """The trace of one waybill's scans; None when there are none. Any order, repeats and late ones: the same trace."""
    known = {scan.event_id: scan for scan in scans}
    if not known:
        return None
    parcel, anomalies, counted = fold(known.values())
    kept = {scan.event_id for scan in counted}
    corrected = sorted((scan for key, scan in known.items() if key not in kept), key=lambda scan: scan.fold_key)
    return Trace(parcel=parcel, scans=counted, corrected=corrected, anomalies=anomalies)
