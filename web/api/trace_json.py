"""A trace as JSON (轨迹): what anyone may see, and what a label opens; never coordinates or operator."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from msgspec import to_builtins

from tracker.chain.findings import OF_CONTENTS, Anomaly, Finding
from tracker.chain.parcel import Parcel
from tracker.chain.scan import Scan
from tracker.chain.state import State
from tracker.chain.trace import Trace
from tracker.wire.identity_record import Masked, Subject
from tracker.wire.steps import STEP_ORDER, Step
from web.api.shapes import Shape, Time
from web.views.names import Directory, city_of
from web.views.open_details import open_details


class EventOut(Shape):
    """One event, as far as anyone may see it. `imported`: a gateway reported it, not the device that scanned."""

    event_id: UUID
    step: Step
    event_time: Time
    record_time: Time
    carrier: str
    station: str
    station_name: str | None
    city: str | None
    imported: bool
    position: int


class OpenedEventOut(EventOut):
    """One event as who has the parcel's label sees it: `details` by name, nothing personal among them."""

    details: dict[str, str | int]


class AnomalyOut(Shape):
    """What does not fit at one event; a gap also says from when to when nothing was seen."""

    code: Finding
    event_id: UUID
    since: Time | None
    until: Time | None


class DueOut(Shape):
    """By when it should be delivered, by the carrier's promise or 72 h after acceptance."""

    at: Time
    by: Literal["promise", "term"]


class ArchivedOut(Shape):
    """Events of one month (UTC) that are in its archive, and since when; the trace tells what is known without them."""

    month: str
    events: int
    archived_at: Time


class StepOut(Shape):
    """A step of a parcel whose events are archived: how often it was scanned, first and last when."""

    step: Step
    count: int
    first: Time
    last: Time


class TraceOut(Shape):
    """A parcel's whole chain. `state` is null where corrections took every event back.

    Where `archived` is not empty, `state` and `steps` are what all events told, and `events` are those still here.
    """

    waybill_no: str
    carrier: str
    carrier_name: str | None
    state: State | None
    as_of: Time
    origin_city: str | None
    destination_city: str | None
    due: DueOut | None
    events: list[EventOut]
    corrected: list[EventOut]
    anomalies: list[AnomalyOut]
    archived: list[ArchivedOut]
    steps: list[StepOut] | None


class OpenedTraceOut(TraceOut):
    """The same for who has the parcel's label; `parties` are sender and recipient in their masked form."""

    events: list[OpenedEventOut]  # type: ignore[assignment]  # frozen: nobody puts a narrower event into it
    parties: dict[str, dict[str, str]]


def open_trace_out(out: TraceOut, trace: Trace, parties: Mapping[Subject, Masked]) -> OpenedTraceOut:
    """The public trace with what the label opens."""
    told = out.model_dump(exclude={"events", "anomalies"})
    events = [
        OpenedEventOut(**event.model_dump(), details=open_details(scan))
        for event, scan in zip(out.events, trace.scans, strict=True)
    ]
    masked = {subject.value: to_builtins(party) for subject, party in parties.items()}
    anomalies = [_anomaly(anomaly) for anomaly in trace.anomalies]
    return OpenedTraceOut(**told, events=events, anomalies=anomalies, parties=masked)


def build_trace_out(trace: Trace, known: Directory, *, as_of: Time) -> TraceOut:
    """The public trace."""
    parcel = trace.parcel
    carrier = known.carriers.get(parcel.carrier)
    return TraceOut(
        waybill_no=parcel.waybill_no,
        carrier=parcel.carrier,
        carrier_name=carrier.name_zh if carrier else None,
        state=parcel.state,
        as_of=as_of,
        origin_city=city_of(parcel.origin),
        destination_city=city_of(parcel.destination),
        due=_due(parcel),
        events=[build_event_out(scan, known) for scan in trace.scans],
        corrected=[build_event_out(scan, known) for scan in trace.corrected],
        anomalies=[_anomaly(anomaly) for anomaly in trace.anomalies if anomaly.code not in OF_CONTENTS],
        archived=[
            ArchivedOut(month=each.month, events=each.scans, archived_at=each.archived_at) for each in trace.archived
        ],
        steps=_steps(parcel) if trace.archived else None,
    )


def build_event_out(scan: Scan, known: Directory) -> EventOut:
    """One event's public fields."""
    station = known.stations.get((scan.carrier, scan.station))
    return EventOut(
        event_id=scan.event_id,
        step=scan.step,
        event_time=scan.event_time,
        record_time=scan.record_time,
        carrier=scan.carrier,
        station=scan.station,
        station_name=station.name if station else None,
        city=city_of(station.division) if station else None,
        imported=scan.imported,
        position=scan.position,
    )


def _steps(parcel: Parcel) -> list[StepOut]:
    told = sorted(parcel.steps.items(), key=lambda each: (each[1].first, STEP_ORDER[each[0]]))
    return [StepOut(step=step, count=each.count, first=each.first, last=each.last) for step, each in told]


def _anomaly(anomaly: Anomaly) -> AnomalyOut:
    return AnomalyOut(code=anomaly.code, event_id=anomaly.event_id, since=anomaly.since, until=anomaly.until)


def _due(parcel: Parcel) -> DueOut | None:
    if parcel.due_at is None:
        return None
    return DueOut(at=parcel.due_at, by="promise" if parcel.delivery_due is not None else "term")
