"""The ends of devices' certificates (终端证书到期): which devices a broker of one's own will turn away, and when.

A device counts from the latest end among its keys in force: who was enrolled again has a newer file. What has no end
on record, because its broker asks for no certificate or it was enrolled before ends were noted, is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from tracker.access.roles import EVERYTHING, Scope
from tracker.store.bulk import table_of
from tracker.store.scoping import held_by
from tracker.store.tables.registry import DeviceKeyRow, DeviceRow, StationRow
from tracker.store.types import UtcTime

ENDING_WITHIN = timedelta(days=30)
_DEVICE, _KEY, _STATION = table_of(DeviceRow), table_of(DeviceKeyRow), table_of(StationRow)


@dataclass(frozen=True, slots=True)
class CertificateEnd:
    """A device, `*` a gateway's carrier and station, and when the last of its certificates ends."""

    carrier: str
    station: str
    device: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class CertificateEnds:
    """The soonest end of all, None where none is on record, and how many devices' end by a moment."""

    soonest: datetime | None
    ending: int


def count_ends(session: Session, *, by: datetime, within: Scope = EVERYTHING) -> CertificateEnds:
    """The soonest end within a scope, and how many devices' certificates end by a moment, or have ended."""
    ends = _ends(within)
    ending = sa.func.coalesce(sa.func.sum(sa.case((ends.c.ends <= sa.literal(by, UtcTime()), 1), else_=0)), 0)
    statement = sa.select(sa.func.min(ends.c.ends, type_=UtcTime()), ending)
    return CertificateEnds(*session.connection().execute(statement).one())


def find_ends(session: Session, *, by: datetime, limit: int) -> Sequence[CertificateEnd]:
    """The devices whose certificates end by a moment, the soonest first."""
    ends = _ends()
    statement = (
        sa.select(_DEVICE.c.carrier, _DEVICE.c.station, _DEVICE.c.device, ends.c.ends)
        .join(ends, ends.c.device_no == _DEVICE.c.device_no)
        .where(ends.c.ends <= sa.literal(by, UtcTime()))
        .order_by(ends.c.ends, _DEVICE.c.device_no)
        .limit(limit)
    )
    return [CertificateEnd(*row) for row in session.connection().execute(statement)]


def _ends(within: Scope = EVERYTHING) -> sa.Subquery:
    latest = sa.func.max(_KEY.c.certificate_ends, type_=UtcTime())
    known = sa.and_(_KEY.c.revoked_at.is_(None), _KEY.c.certificate_ends.is_not(None))
    statement = sa.select(_KEY.c.device_no, latest.label("ends")).where(known).group_by(_KEY.c.device_no)
    if within != EVERYTHING:
        here = sa.and_(_STATION.c.carrier == _DEVICE.c.carrier, _STATION.c.code == _DEVICE.c.station)
        statement = statement.join(_DEVICE, _DEVICE.c.device_no == _KEY.c.device_no).outerjoin(_STATION, here)
        statement = statement.where(*held_by(within, _DEVICE, _STATION))
    return statement.subquery("ends")
