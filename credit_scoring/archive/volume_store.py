"""Declared volumes (申报业务量): how many parcels a carrier says it accepted in a month; a correction is a new row."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlmodel import Session, col, select

from credit_scoring.archive.archive_store import lock_archive
from credit_scoring.archive.archive_tables import DeclaredVolumeRow
from credit_scoring.archive.clocks import Month, months_within
from credit_scoring.archive.parse import parse_number
from credit_scoring.archive.record import Source
from credit_scoring.errors import ArchiveRefused, RecordFault
from credit_scoring.evidence.scope import Scope
from tracker.store.registry import carrier_of
from tracker.wire.divisions import division_of
from tracker.wire.event_ids import build_event_id
from tracker.working_days import local_day_of

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class NewVolume:
    """A declaration: `division` None is nationwide."""

    carrier: str
    month: Month
    division: str | None
    parcels: int


@dataclass(frozen=True, slots=True)
class Volume:
    """A declaration as it was taken."""

    volume_id: UUID
    told: NewVolume
    source: Source
    entered_by: str
    recorded_at: datetime

    @property
    def in_time(self) -> bool:
        """Whether it came by the 10th of the next month."""
        return local_day_of(self.recorded_at) <= self.told.month.due


def parse_volume(carrier: str, month: str, division: str, parcels: object) -> NewVolume:
    """A declaration as a form or a row tells it. Raises ArchiveRefused."""
    if division and division_of(division) is None:
        raise ArchiveRefused(RecordFault.FIELD_INVALID, "division")
    return NewVolume(carrier.strip(), Month.parse(month.strip()), division or None, parse_number(parcels, "parcels"))


def append_volume(session: Session, told: NewVolume, *, source: Source, entered_by: str, recorded_at: datetime) -> bool:
    """Take a declaration; False where the same figure stands already. Raises ArchiveRefused."""
    lock_archive(session)
    if local_day_of(recorded_at) < told.month.next.first:
        raise ArchiveRefused(RecordFault.MONTH_NOT_OVER, "month")
    known = carrier_of(session, told.carrier)
    if known is None or known.code != told.carrier:
        raise ArchiveRefused(RecordFault.CARRIER_UNKNOWN, "carrier")
    before = [
        each for each in volumes_of(session, told.carrier, month=told.month) if each.told.division == told.division
    ]
    if before and before[-1].told.parcels == told.parcels:
        return False
    if before:  # whatever the clock does, a correction comes after what it corrects
        recorded_at = max(recorded_at, before[-1].recorded_at + MICROSECOND)
    chance = sha256(f"{told.carrier}/{told.month}/{told.division}/{told.parcels}/{len(before)}".encode()).digest()
    session.add(
        DeclaredVolumeRow(
            volume_id=build_event_id(recorded_at, chance[:10]),
            carrier=told.carrier,
            month=str(told.month),
            division=told.division,
            parcels=told.parcels,
            source=source,
            entered_by=entered_by,
            recorded_at=recorded_at,
        )
    )
    session.flush()
    return True


def volumes_of(session: Session, carrier: str, *, month: Month | None = None) -> list[Volume]:
    """A carrier's declarations, or those for one month, corrected ones too, in the order they were recorded."""
    statement = select(DeclaredVolumeRow).where(DeclaredVolumeRow.carrier == carrier)
    if month is not None:
        statement = statement.where(DeclaredVolumeRow.month == str(month))
    return _in_order(_volume(row) for row in session.exec(statement))


def declared_volumes(session: Session, scope: Scope) -> dict[str, dict[str, int]]:
    """Parcels by carrier and month (`2026-03`): months wholly in the window, for exactly the scope's division.

    What stood at `as_of` counts: a month's last declaration by then.
    """
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for each in find_declared(session, scope, division=scope.division):
        found[each.told.carrier][str(each.told.month)] = each.told.parcels
    return dict(found)


def find_declared(session: Session, scope: Scope, *, division: str | None) -> list[Volume]:
    """The declarations of a scope's months for a division, recorded by its `as_of`, in the order they were recorded."""
    months = [str(each) for each in months_within(scope.window.from_date, scope.window.to_date)]
    place = col(DeclaredVolumeRow.division)
    statement = select(DeclaredVolumeRow).where(
        col(DeclaredVolumeRow.month).in_(months),
        place.is_(None) if division is None else place == division,
        col(DeclaredVolumeRow.recorded_at) <= scope.as_of,
    )
    return _in_order(_volume(row) for row in session.exec(statement))


def _in_order(volumes: Iterable[Volume]) -> list[Volume]:
    return sorted(volumes, key=lambda each: (each.recorded_at, each.volume_id))


def _volume(row: DeclaredVolumeRow) -> Volume:
    told = NewVolume(row.carrier, Month.parse(row.month), row.division, row.parcels)
    return Volume(row.volume_id, told, Source(row.source), row.entered_by, row.recorded_at)
