"""Reads (读取): what several pages and their JSON twins ask the store for."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.governance.objections.objection_store import open_objections
from tracker.chain.parcel import Parcel
from tracker.chain.trace import Trace, build_archived_trace, build_trace
from tracker.store.archived import archived_scans_of
from tracker.store.event_store import events_of_many
from tracker.store.parcel_store import parcels_of
from tracker.store.registry import Carrier, carrier_of, carriers, stations_of
from tracker.store.tables.parcel import ParcelRow
from web.errors import CarrierNotFound, ParcelNotFound
from web.paths import Spellings
from web.views.names import Directory


def trace_of(session: Session, spellings: Spellings) -> Trace:
    """The trace of a waybill number, by the first spelling that is recorded. Raises ParcelNotFound."""
    found = find_traces(session, list(spellings))
    if not found:
        raise ParcelNotFound(spellings[-1])
    return found[0]


def known_parcel(session: Session, spellings: Spellings) -> Parcel:
    """The parcel of a waybill number, by the first spelling that is recorded. Raises ParcelNotFound."""
    found = parcels_of(session, spellings)
    parcel = next((found[number] for number in spellings if number in found), None)
    if parcel is None:
        raise ParcelNotFound(spellings[-1])
    return parcel


def find_traces(session: Session, waybill_nos: list[str]) -> tuple[Trace, ...]:
    """The traces of those that are recorded, in the order asked; of archived events their parcels' rows tell."""
    if not waybill_nos:
        return ()
    archived = archived_scans_of(session, waybill_nos)  # asked first: an event that goes meanwhile is told by its row
    rows = parcels_of(session, archived) if archived else {}
    scans = events_of_many(session, waybill_nos)
    traces = (
        build_archived_trace(rows[number], scans.get(number, ()), archived[number])
        if number in rows
        else build_trace(scans.get(number, ()))
        for number in waybill_nos
    )
    return tuple(trace for trace in traces if trace is not None)


def directory_of(session: Session, trace: Trace) -> Directory:
    """The carriers and stations that appear in a trace."""
    return directory_of_traces(session, (trace,))


def directory_of_traces(session: Session, traces: Iterable[Trace]) -> Directory:
    """The carriers and stations that appear in some traces."""
    known = list(traces)
    scans = [scan for trace in known for scan in (*trace.scans, *trace.corrected)]
    keys = {(scan.carrier, scan.station) for scan in scans}
    keys |= {(each.carrier, each.parcel.last_station) for each in known if each.archived and each.parcel.last_station}
    return Directory(carriers(session), stations_of(session, keys))


def directory_of_parcels(session: Session, parcels: Iterable[Parcel]) -> Directory:
    """The carriers and last stations of many parcels."""
    keys = {(parcel.carrier, parcel.last_station) for parcel in parcels if parcel.last_station}
    return Directory(carriers(session), stations_of(session, keys))


def known_carrier(session: Session, code: str) -> Carrier:
    """The carrier with this code or USCC. Raises CarrierNotFound."""
    carrier = carrier_of(session, code)
    if carrier is None:
        raise CarrierNotFound(code)
    return carrier


def latest_acceptance(session: Session) -> datetime | None:
    """When the latest parcel was accepted that is recorded; None in an empty store."""
    latest: datetime | None = session.connection().scalar(sa.select(sa.func.max(col(ParcelRow.accepted_at))))
    return latest


def objections_in(session: Session) -> Counter[str]:
    """How many objections of each carrier are open: what stands beside a score wherever one is shown."""
    return Counter(each.carrier for each in open_objections(session))
