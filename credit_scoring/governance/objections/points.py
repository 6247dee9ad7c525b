"""The points (异议对象): whether there is one, whose it is, and in which year and division it lies."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from credit_scoring.archive.archive_tables import ArchiveRecordRow
from credit_scoring.complaints.complaint_tables import ComplaintRow
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.governance.objections.objection import Point, PointKind
from credit_scoring.governance.objections.refusals import ObjectionRefusal, ObjectionRefused
from credit_scoring.scoring.score_store import run_of
from credit_scoring.voices.voice_tables import VoiceRow
from tracker.store.tables.parcel import ParcelRow
from tracker.store.tables.registry import CarrierRow
from tracker.working_days import local_day_of

MAX_KEY = 200


def find_point(session: Session, carrier: str, kind: PointKind, key: str) -> Point:
    """The point that a carrier objects to. Raises ObjectionRefused where there is none, or it is another's."""
    finders = {
        PointKind.INDICATOR: _indicator,
        PointKind.RECORD: _record,
        PointKind.FINDING: _finding,
        PointKind.PARCEL: _parcel,
        PointKind.VOICE: _voice,
    }
    found = finders[kind](session, carrier, key) if len(key) <= MAX_KEY and "\0" not in key else None
    if found is None:
        raise ObjectionRefused(ObjectionRefusal.POINT_UNKNOWN, "nothing is recorded under this key")
    return found


def _indicator(session: Session, carrier: str, key: str) -> Point | None:
    run_id, _, name = key.partition("/")
    run = run_of(session, known) if (known := _uuid(run_id)) and name in set(IndicatorName) else None
    if run is None:
        return None
    judged = [*run.ranking["rows"], *run.ranking["unranked"]]
    _require(any(each["carrier"] == carrier for each in judged))
    return Point(PointKind.INDICATOR, key, (run.window.to_date - timedelta(days=1)).year, run.division)


def _record(session: Session, carrier: str, key: str) -> Point | None:
    row = session.get(ArchiveRecordRow, known) if (known := _uuid(key)) else None
    if row is None:
        return None
    company = session.get(CarrierRow, carrier)
    _require(company is not None and company.uscc == row.holder_code)
    day = row.document_date or local_day_of(row.recorded_at)
    return Point(PointKind.RECORD, key, day.year, row.division)


def _finding(session: Session, carrier: str, key: str) -> Point | None:
    row = session.get(ComplaintRow, key)
    if row is None:
        return None
    _require(row.carrier == carrier)
    return Point(PointKind.FINDING, key, local_day_of(row.received_at).year, row.division)


def _parcel(session: Session, carrier: str, key: str) -> Point | None:
    row = session.get(ParcelRow, key)
    if row is None or row.accepted_at is None:
        return None
    _require(row.carrier == carrier)
    return Point(PointKind.PARCEL, key, local_day_of(row.accepted_at).year, row.origin)


def _voice(session: Session, carrier: str, key: str) -> Point | None:
    row = session.get(VoiceRow, int(key)) if key.isascii() and key.isdigit() and len(key) < 18 else None
    if row is None:
        return None
    _require(row.carrier == carrier)
    parcel = session.get(ParcelRow, row.waybill_no) if row.waybill_no else None
    return Point(PointKind.VOICE, key, local_day_of(row.recorded_at).year, parcel.origin if parcel else row.division)


def _require(own: bool) -> None:
    if not own:
        raise ObjectionRefused(ObjectionRefusal.NOT_YOURS, "a company objects to points that concern it")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
