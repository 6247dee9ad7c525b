"""The quarantine's bounds (隔离区上限): so much a device and so much in all, the oldest of the fullest goes first.

Bodies go before rows: a row without its body still tells code, size, hash and how often. Everything that goes is
tallied. The work of one commit is bounded by what it adds, so that a flood costs its recording little more.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from tracker.store.bulk import table_of
from tracker.store.tables.quarantine import QuarantineRow, QuarantineUseRow
from tracker.store.tally import add_tallies

MIB = 1024 * 1024
ALL = ""  # the holder that stands for everybody together
SPARE = 500  # rows that a commit may look at beyond twice what it adds: old small ones make room for a large one
HOLDERS_AT_ONCE = 20
_ROW, _USE = table_of(QuarantineRow), table_of(QuarantineUseRow)
_SIZE = sa.func.coalesce(sa.func.length(_ROW.c.body), 0)


@dataclass(frozen=True, slots=True)
class QuarantineLimits:
    """How much is kept: rows, and bytes of bodies."""

    device_rows: int = 5_000
    device_bytes: int = 64 * MIB
    rows: int = 200_000
    bytes: int = 2048 * MIB


@dataclass(frozen=True, slots=True)
class Use:
    """How much somebody holds."""

    rows: int = 0
    bytes: int = 0

    def __add__(self, other: "Use") -> "Use":
        return Use(self.rows + other.rows, self.bytes + other.bytes)


def keep_within(session: Session, limits: QuarantineLimits, added: Mapping[str, Use], *, seen_at: datetime) -> None:
    """Note what each holder has `added` in this transaction, and make room where that is too much.

    An old row that was met again at `seen_at` stays for now: what is refused is in quarantine when it is answered.
    """
    total = sum(added.values(), Use())
    add_use(session, dict(added))
    most = SPARE + 2 * total.rows
    for holder in sorted(added):
        used = use_of(session, holder)
        _shed(
            session,
            holder,
            rows=used.rows - limits.device_rows,
            size=used.bytes - limits.device_bytes,
            most=most,
            seen_at=seen_at,
        )
    for _ in range(HOLDERS_AT_ONCE):
        used = use_of(session, ALL)
        rows, size = used.rows - limits.rows, used.bytes - limits.bytes
        if rows <= 0 and size <= 0:
            return
        fullest = _fullest(session, by_rows=rows > 0)
        if fullest is None or not _shed(session, fullest, rows=rows, size=size, most=most, seen_at=seen_at):
            return


def use_of(session: Session, holder: str = ALL) -> Use:
    """What a holder has in quarantine now, or all together."""
    row = session.connection().execute(sa.select(_USE.c.rows, _USE.c.bytes).where(_USE.c.holder == holder)).first()
    return Use(*row) if row else Use()


def fullness(session: Session, limits: QuarantineLimits) -> float:
    """The fullest of the four bounds as a share: from 1 on the oldest bodies or rows go."""
    each = _USE.c.holder != ALL
    top = sa.select(sa.func.max(_USE.c.rows), sa.func.max(_USE.c.bytes)).where(each)
    rows, size = session.connection().execute(top).one()
    total = use_of(session)
    return max(
        (rows or 0) / limits.device_rows,
        (size or 0) / limits.device_bytes,
        total.rows / limits.rows,
        total.bytes / limits.bytes,
    )


def add_use(session: Session, changes: dict[str, Use]) -> None:
    """Add to what holders have, and to all together; less than nothing where something went."""
    changes[ALL] = sum(changes.values(), Use())
    session.connection().execute(
        sa.text(
            "INSERT INTO quarantine_use (holder, rows, bytes, bare_through) VALUES (:holder, :rows, :bytes, 0) "
            "ON CONFLICT (holder) DO UPDATE SET rows = quarantine_use.rows + excluded.rows, "
            "bytes = quarantine_use.bytes + excluded.bytes"
        ),
        [{"holder": holder, "rows": use.rows, "bytes": use.bytes} for holder, use in sorted(changes.items())],
    )


def _fullest(session: Session, *, by_rows: bool) -> str | None:
    most = _USE.c.rows if by_rows else _USE.c.bytes
    found: str | None = session.connection().scalar(
        sa.select(_USE.c.holder).where(_USE.c.holder != ALL).order_by(most.desc(), _USE.c.holder).limit(1)
    )
    return found


def _shed(session: Session, holder: str, *, rows: int, size: int, most: int, seen_at: datetime) -> bool:
    """Let a holder's oldest go until so many rows and bytes are gone; whether any went."""
    freed = _remove_rows(session, holder, min(rows, most), seen_at) if rows > 0 else Use()
    if size - freed.bytes > 0:
        freed += _drop_bodies(session, holder, size - freed.bytes, most=most)
    return freed != Use()


def _remove_rows(session: Session, holder: str, count: int, seen_at: datetime) -> Use:
    met_again = sa.and_(_ROW.c.last_seen == seen_at, _ROW.c.first_seen != seen_at)
    oldest = sa.select(_ROW.c.id, _ROW.c.code, _SIZE).where(_ROW.c.holder == holder, ~met_again)
    found = session.connection().execute(oldest.order_by(_ROW.c.id).limit(count)).all()
    if not found:
        return Use()
    session.connection().execute(sa.delete(_ROW).where(_ROW.c.holder == holder, _ROW.c.id <= found[-1][0], ~met_again))
    gone = Use(len(found), sum(size for _, _, size in found))
    add_use(session, {holder: Use(-gone.rows, -gone.bytes)})
    add_tallies(session, Counter(("quarantine_row_removed", code) for _, code, _ in found))
    return gone


def _drop_bodies(session: Session, holder: str, wanted: int, *, most: int) -> Use:
    bare_through = sa.select(_USE.c.bare_through).where(_USE.c.holder == holder).scalar_subquery()
    oldest = (
        sa.select(_ROW.c.id, _ROW.c.code, _SIZE)
        .where(_ROW.c.holder == holder, _ROW.c.id > bare_through)
        .order_by(_ROW.c.id)
        .limit(most)
    )
    found = session.connection().execute(oldest).all()
    freed, count = 0, 0
    while count < len(found) and freed < wanted:
        freed += found[count][2]
        count += 1
    if not count:
        return Use()
    last = found[count - 1][0]
    session.connection().execute(
        sa.update(_ROW).where(_ROW.c.holder == holder, _ROW.c.id > bare_through, _ROW.c.id <= last).values(body=None)
    )
    session.connection().execute(sa.update(_USE).where(_USE.c.holder == holder).values(bare_through=last))
    add_use(session, {holder: Use(0, -freed)})
    add_tallies(session, Counter(("quarantine_body_dropped", code) for _, code, _ in found[:count]))
    return Use(0, freed)
