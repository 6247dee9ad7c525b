"""Silence (终端静默): which enrolled devices have said nothing for too long, or went away with scans waiting.

A device is expected to speak while it has a key in force; a gateway has none of a station's own and is not. Its last
word is a recorded scan or its own status, whichever is later; before the first one, it counts from its enrolment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from tracker.access.roles import EVERYTHING, Scope
from tracker.store.bulk import table_of
from tracker.store.scoping import held_by
from tracker.store.tables.registry import DeviceKeyRow, DeviceRow, DeviceStatusRow, StationRow
from tracker.store.types import UtcTime

_DEVICE, _KEY = table_of(DeviceRow), table_of(DeviceKeyRow)
_STATUS, _STATION = table_of(DeviceStatusRow), table_of(StationRow)


class Voice(StrEnum):
    """How a device is heard, the worst first."""

    STRANDED = "stranded"  # 离线有积压: it is offline, and scans wait on it
    SILENT = "silent"  # 静默: neither a recorded scan nor a status within the station's threshold
    REPORTING = "reporting"  # 正常


@dataclass(frozen=True, slots=True)
class Watch:
    """When is now, and after how many hours a device is silent whose station has no threshold of its own."""

    now: datetime
    silent_after_hours: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device stands in the list: the worst first, then the longest silent."""

    rank: int
    since: datetime
    device_no: int


@dataclass(frozen=True, slots=True)
class HeardDevice:
    """One device and what was heard of it; `waiting`, `oldest_waiting` and `online` are its own word, unsigned."""

    carrier: str
    station: str
    device: str
    voice: Voice
    place: Place
    enrolled_at: datetime
    last_recorded_at: datetime | None
    last_status_at: datetime | None
    online: bool | None
    waiting: int | None
    oldest_waiting: datetime | None
    silent_after_hours: int
    certificate_ends: datetime | None = None  # None where none is on record
    clock_off_ms: int | None = None  # ahead of ours, or (negative) set back; None where its clock was right

    @property
    def last_word(self) -> datetime | None:
        """The later of its last recorded scan and its last status; None where it never spoke."""
        return max((at for at in (self.last_recorded_at, self.last_status_at) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class CarrierVoices:
    """A carrier's enrolled devices, those of them that are silent or stranded, and those whose clock is off."""

    devices: int
    silent: int
    clock_off: int = 0


def find_heard_devices(
    session: Session, watch: Watch, *, within: Scope = EVERYTHING, after: Place | None = None, limit: int = 100
) -> list[HeardDevice]:
    """The enrolled devices that a scope holds, the worst first; `after` is the place of the last one seen."""
    heard = _heard(session, watch, within)
    statement = sa.select(heard).order_by(heard.c.rank, heard.c.since, heard.c.device_no).limit(limit)
    if after is not None:
        later = sa.or_(heard.c.since > after.since, sa.and_(heard.c.since == after.since, _after(heard, after)))
        statement = statement.where(sa.or_(heard.c.rank > after.rank, sa.and_(heard.c.rank == after.rank, later)))
    return [_device(row) for row in session.connection().execute(statement)]


def count_voices(session: Session, watch: Watch, *, within: Scope = EVERYTHING) -> dict[str, CarrierVoices]:
    """How many devices each carrier has enrolled within a scope, and how many of them are silent."""
    heard = _heard(session, watch, within)
    silent = sa.func.sum(sa.case((heard.c.rank < _REPORTING, 1), else_=0))
    off = sa.func.count(heard.c.clock_off_ms)
    statement = sa.select(heard.c.carrier, sa.func.count(), silent, off).group_by(heard.c.carrier)
    statement = statement.order_by(heard.c.carrier)
    return {carrier: CarrierVoices(*counts) for carrier, *counts in session.connection().execute(statement)}


def find_quiet_stations(session: Session, watch: Watch, *, limit: int) -> dict[tuple[str, str], datetime]:
    """The last word of each station, of any of its devices: those that were silent longest."""
    heard = _heard(session, watch)
    last = sa.func.max(heard.c.since, type_=UtcTime())
    return _by_station(session, sa.select(heard.c.carrier, heard.c.station, last.label("at")), heard, limit)


def find_backlogs(session: Session, watch: Watch, *, limit: int) -> dict[tuple[str, str], datetime]:
    """The oldest scan that waits at each station, by its devices' own word: the oldest first."""
    heard = _heard(session, watch)
    oldest = sa.func.min(heard.c.oldest_waiting, type_=UtcTime())
    waiting = sa.select(heard.c.carrier, heard.c.station, oldest.label("at")).where(heard.c.oldest_waiting.is_not(None))
    return _by_station(session, waiting, heard, limit)


_RANKS = {voice: rank for rank, voice in enumerate(Voice)}
_REPORTING = _RANKS[Voice.REPORTING]


def _by_station(
    session: Session, statement: sa.Select[Any], heard: sa.Subquery, limit: int
) -> dict[tuple[str, str], datetime]:
    chosen = statement.group_by(heard.c.carrier, heard.c.station).order_by(sa.text("at")).limit(limit)
    return {(row.carrier, row.station): row.at for row in session.connection().execute(chosen)}


def _heard(session: Session, watch: Watch, within: Scope = EVERYTHING) -> sa.Subquery:
    """Every device with a key in force within a scope, its rank and since when it counts."""
    keys = (
        sa.select(
            _KEY.c.device_no,
            sa.func.max(_KEY.c.enrolled_at, type_=UtcTime()).label("enrolled_at"),
            sa.func.max(_KEY.c.certificate_ends, type_=UtcTime()).label("certificate_ends"),
        )
        .where(_KEY.c.revoked_at.is_(None))
        .group_by(_KEY.c.device_no)
        .subquery("enrolled")
    )
    since = _latest(_latest(keys.c.enrolled_at, _DEVICE.c.last_recorded_at), _STATUS.c.heard_at)
    stranded = sa.and_(_STATUS.c.online.is_(False), _STATUS.c.waiting > 0)
    rank = sa.case(
        (stranded, _RANKS[Voice.STRANDED]),
        (since < _cutoff(session, watch), _RANKS[Voice.SILENT]),
        else_=_REPORTING,
    )
    return (
        sa.select(
            _DEVICE.c.device_no,
            _DEVICE.c.carrier,
            _DEVICE.c.station,
            _DEVICE.c.device,
            _DEVICE.c.last_recorded_at,
            _DEVICE.c.clock_off_ms,
            keys.c.enrolled_at,
            keys.c.certificate_ends,
            _STATUS.c.heard_at,
            _STATUS.c.online,
            _STATUS.c.waiting,
            _STATUS.c.oldest_waiting,
            sa.func.coalesce(_STATION.c.silent_after_hours, watch.silent_after_hours).label("silent_after_hours"),
            sa.type_coerce(since, UtcTime()).label("since"),
            rank.label("rank"),
        )
        .join(keys, keys.c.device_no == _DEVICE.c.device_no)
        .outerjoin(_STATUS, _STATUS.c.device_no == _DEVICE.c.device_no)
        .outerjoin(_STATION, sa.and_(_STATION.c.carrier == _DEVICE.c.carrier, _STATION.c.code == _DEVICE.c.station))
        .where(_DEVICE.c.carrier != "*", *held_by(within, _DEVICE, _STATION))
        .subquery("heard")
    )


def _cutoff(session: Session, watch: Watch) -> sa.ColumnElement[datetime]:
    """The time before which a last word is too old, station by station; few different thresholds are in use."""
    chosen = sa.select(_STATION.c.silent_after_hours).where(_STATION.c.silent_after_hours.is_not(None)).distinct()
    own = session.connection().execute(chosen).scalars().all()
    default = _before(watch, watch.silent_after_hours)
    if not own:
        return default
    return sa.case({hours: _before(watch, hours) for hours in own}, value=_STATION.c.silent_after_hours, else_=default)


def _before(watch: Watch, hours: int) -> sa.ColumnElement[datetime]:
    return sa.literal(watch.now - timedelta(hours=hours), UtcTime())


def _latest(first: sa.ColumnElement[Any], second: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The later of a time and one that may be absent, on both engines."""
    return sa.case((second > first, second), else_=first)


def _after(heard: sa.Subquery, place: Place) -> sa.ColumnElement[bool]:
    return heard.c.device_no > place.device_no


def _device(row: sa.Row[Any]) -> HeardDevice:
    return HeardDevice(
        carrier=row.carrier,
        station=row.station,
        device=row.device,
        voice=list(Voice)[row.rank],
        place=Place(row.rank, row.since, row.device_no),
        enrolled_at=row.enrolled_at,
        last_recorded_at=row.last_recorded_at,
        last_status_at=row.heard_at,
        online=row.online,
        waiting=row.waiting,
        oldest_waiting=row.oldest_waiting,
        silent_after_hours=row.silent_after_hours,
        certificate_ends=row.certificate_ends,
        clock_off_ms=row.clock_off_ms,
    )
