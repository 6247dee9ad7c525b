"""Device status (终端状态表): the latest word of each device, a hint kept beside the evidence and apart from it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from tracker.store.bulk import table_of
from tracker.store.tables.registry import DeviceKeyRow, DeviceRow, DeviceStatusRow
from tracker.wire.topics import Post

_DEVICE, _KEY, _STATUS = table_of(DeviceRow), table_of(DeviceKeyRow), table_of(DeviceStatusRow)


@dataclass(frozen=True, slots=True)
class KnownStatus:
    """What is known of a device by its own word. `heard_at` is our clock; None where only its last will was heard."""

    online: bool
    waiting: int | None
    oldest_waiting: datetime | None
    heard_at: datetime | None


_NAMES = tuple(field.name for field in fields(KnownStatus))
_VALUES = attrgetter(*_NAMES)


def merge_status(older: KnownStatus | None, newer: KnownStatus) -> KnownStatus:
    """The newer word, with what it does not say as the older one said it: a last will knows no counts."""
    if older is None:
        return newer
    counts = newer if newer.waiting is not None else older
    heard = [moment for moment in (older.heard_at, newer.heard_at) if moment is not None]
    return KnownStatus(newer.online, counts.waiting, counts.oldest_waiting, max(heard, default=None))


def save_statuses(session: Session, heard: Mapping[Post, KnownStatus]) -> int:
    """Keep the words of the devices that have a key in force; how many. Words of others are dropped."""
    known = _find_devices(session, heard)
    rows = []
    for post, (device_no, older) in sorted(known.items(), key=lambda each: each[1][0]):  # one order: no deadlock
        merged = merge_status(older, heard[post])
        if merged != older:
            rows.append({"number": device_no} | dict(zip(_NAMES, _VALUES(merged), strict=True)))
    fresh = {device_no for device_no, older in known.values() if older is None}
    _write(session, [row for row in rows if row["number"] in fresh], [r for r in rows if r["number"] not in fresh])
    return len(known)


def _write(session: Session, new: list[dict[str, object]], changed: list[dict[str, object]]) -> None:
    connection = session.connection()
    values: dict[str, Any] = {name: sa.bindparam(name) for name in _NAMES}
    if new:
        connection.execute(sa.insert(_STATUS).values(device_no=sa.bindparam("number"), **values), new)
    if changed:
        connection.execute(sa.update(_STATUS).where(_STATUS.c.device_no == sa.bindparam("number")), changed)


def _find_devices(session: Session, heard: Mapping[Post, KnownStatus]) -> dict[Post, tuple[int, KnownStatus | None]]:
    """Those of the posts that are enrolled, with their number and what is known."""
    has_key = sa.exists().where(_KEY.c.device_no == _DEVICE.c.device_no, _KEY.c.revoked_at.is_(None))
    statement = (
        sa.select(_DEVICE.c.device_no, _DEVICE.c.carrier, _DEVICE.c.station, _DEVICE.c.device, _STATUS)
        .outerjoin(_STATUS, _STATUS.c.device_no == _DEVICE.c.device_no)
        .where(_DEVICE.c.station.in_(sorted({post.station for post in heard})), _DEVICE.c.carrier != "*", has_key)
    )
    found: dict[Post, tuple[int, KnownStatus | None]] = {}
    for row in session.connection().execute(statement):
        post = Post(row.carrier, row.station, row.device)
        if post in heard:
            known = None if row.online is None else KnownStatus(*(getattr(row, name) for name in _NAMES))
            found[post] = (row.device_no, known)
    return found
