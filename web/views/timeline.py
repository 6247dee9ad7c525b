"""The timeline (轨迹时间线): scans newest first, each gap drawn where it lies."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from tracker.chain.findings import GAPS, OF_CONTENTS, Anomaly, Finding
from tracker.chain.scan import Scan
from tracker.chain.trace import Trace
from tracker.wire.details import StoredDetails
from tracker.wire.steps import STEP_ORDER
from web.views.names import Name
from web.views.times import Moment, short_moment, write_span
from web.words import Words

Place = Callable[[str, str], tuple[Name, ...]]  # (carrier, station) → what to call it
Tell = Callable[[Scan], tuple[str, ...]]  # what more there is to say of a scan


def tell_nothing(_scan: Scan) -> tuple[str, ...]:
    """For who sees what everybody sees."""
    return ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One scan, what does not fit about it, and what more it tells where the door is open."""

    step: str
    at: Moment
    places: tuple[Name, ...]
    notes: tuple[str, ...]
    details: tuple[str, ...] = ()
    is_gap: bool = field(default=False, init=False)


@dataclass(frozen=True, slots=True)
class Gap:
    """What must have happened before the entry above and was not scanned."""

    texts: tuple[str, ...]
    between: tuple[Moment, Moment] | None
    is_gap: bool = field(default=True, init=False)


def build_line(
    words: Words, trace: Trace, *, now: datetime, place: Place, tell: Tell = tell_nothing, is_open: bool = False
) -> tuple[Entry | Gap, ...]:
    """The line from now back to the beginning; what is inside, and where it was stored, is told where `is_open`."""
    by_event: dict[UUID, list[Anomaly]] = {}
    for anomaly in (each for each in trace.anomalies if is_open or each.code not in OF_CONTENTS):
        by_event.setdefault(anomaly.event_id, []).append(anomaly)
    line: list[Entry | Gap] = []
    for scan in reversed(trace.scans):
        found = by_event.get(scan.event_id, [])
        places = place(scan.carrier, scan.station)
        entry = build_entry(words, scan, [each for each in found if _is_note(each, scan)], now=now, places=places)
        line.append(replace(entry, step=_open_title(words, scan) if is_open else entry.step, details=tell(scan)))
        if gaps := [each for each in found if each.code in GAPS]:
            line.append(_build_gap(words, gaps, now))
    if trace.archived:
        line = sorted([*line, *_archived_entries(words, trace, now)], key=_time, reverse=True)
    return tuple(line)


def _archived_entries(words: Words, trace: Trace, now: datetime) -> list[Entry]:
    """What a parcel's row still tells of steps whose scans are archived: first and last when, no longer where."""
    here = {(scan.step, scan.event_time) for scan in trace.scans}
    told = {(step, moment) for step, times in trace.parcel.steps.items() for moment in (times.first, times.last)}
    note = (words("trace.archived_step"),)
    return [
        Entry(words(f"step.{step}"), short_moment(moment, now=now), (), note)
        for step, moment in sorted(told - here, key=lambda each: (each[1], STEP_ORDER[each[0]]), reverse=True)
    ]


def _time(entry: Entry | Gap) -> str:
    return entry.at.iso if isinstance(entry, Entry) else ""


def _is_note(anomaly: Anomaly, scan: Scan) -> bool:
    """Gaps are drawn by themselves; imported history carries no marks, so a missing one says nothing."""
    if anomaly.code in GAPS:
        return False
    return not (scan.imported and anomaly.code is Finding.IDENTITY_MISSING)


def build_entry(
    words: Words, scan: Scan, anomalies: list[Anomaly] | tuple[Anomaly, ...], *, now: datetime, places: tuple[Name, ...]
) -> Entry:
    """One scan with the words for its anomalies, each said once."""
    codes = dict.fromkeys(anomaly.code for anomaly in anomalies)
    notes = tuple(words(f"finding.{code}") for code in codes)
    return Entry(words(f"step.{scan.step}"), short_moment(scan.event_time, now=now), places, notes)


def _open_title(words: Words, scan: Scan) -> str:
    """The step; of a stored parcel with the kind of place, which is a detail."""
    kind = scan.details.place_kind if isinstance(scan.details, StoredDetails) else None
    return words.find(f"step_stored.{kind}") or words(f"step.{scan.step}")


def _build_gap(words: Words, anomalies: list[Anomaly], now: datetime) -> Gap:
    first = anomalies[0]
    between = None
    if first.since is not None and first.until is not None:
        between = (short_moment(first.since, now=now), short_moment(first.until, now=now))
    return Gap(tuple(_gap_text(words, anomaly) for anomaly in anomalies), between)


def _gap_text(words: Words, anomaly: Anomaly) -> str:
    if anomaly.code is Finding.SILENCE and anomaly.since is not None and anomaly.until is not None:
        return words("finding.silence_for", span=write_span(words, anomaly.until - anomaly.since))
    return words(f"finding.{anomaly.code}")
