"""What was archived (已归档): which months, of which parcels; what everybody asks who would miss events otherwise."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from tracker.chain.trace import ArchivedScans
from tracker.store.bulk import find_rows, table_of
from tracker.store.database import insert_into
from tracker.store.months import Month
from tracker.store.tables.archived import ArchivedMonthRow, ArchivedParcelRow, ArchivedSeqRow
from tracker.store.tables.event_log import EventRow

_MONTH, _PARCEL, _SEQ = table_of(ArchivedMonthRow), table_of(ArchivedParcelRow), table_of(ArchivedSeqRow)
_EVENT = table_of(EventRow)
_CLOSED = sa.select(_MONTH.c.month).where(_MONTH.c.closed_at.is_not(None))  # built once: every commit asks for it


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    """An archived month; `positions` are ranges of the log, both ends included."""

    month: Month
    events: int
    positions: tuple[tuple[int, int], ...]
    manifest_sha256: str
    archived_at: datetime
    closed_at: datetime | None = None
    dropped_at: datetime | None = None


def archived_months(session: Session) -> list[ArchivedMonth]:
    """Every archived month, the oldest first."""
    rows = session.connection().execute(sa.select(_MONTH).order_by(_MONTH.c.month))
    return [
        ArchivedMonth(
            month=Month.parse(row.month),
            events=row.events,
            positions=tuple(parse_ranges(row.positions)),
            manifest_sha256=row.manifest_sha256,
            archived_at=row.archived_at,
            closed_at=row.closed_at,
            dropped_at=row.dropped_at,
        )
        for row in rows
    ]


def archived_month_of(session: Session, month: Month) -> ArchivedMonth | None:
    """One archived month; None where it was not archived."""
    return next((each for each in archived_months(session) if each.month == month), None)


def save_archived(session: Session, archived: ArchivedMonth) -> None:
    """Write an archived month, in place of what was known of it."""
    told = {
        "events": archived.events,
        "first_position": archived.positions[0][0],
        "last_position": archived.positions[-1][1],
        "positions": write_ranges(archived.positions),
        "manifest_sha256": archived.manifest_sha256,
        "archived_at": archived.archived_at,
        "closed_at": archived.closed_at,
        "dropped_at": archived.dropped_at,
    }
    statement = insert_into(session, _MONTH).values(month=str(archived.month), **told)
    session.connection().execute(statement.on_conflict_do_update(index_elements=["month"], set_=told))


def closed_months(session: Session) -> frozenset[Month]:
    """The months of which nothing more is recorded."""
    return frozenset(map(Month.parse, session.connection().execute(_CLOSED).scalars()))


def not_going(session: Session) -> sa.ColumnElement[bool]:
    """The condition that an event is of no month that is being dropped: its archive's counts already stand for it."""
    going = session.connection().execute(_CLOSED.where(_MONTH.c.dropped_at.is_(None))).scalars()
    spans = [Month.parse(month).ids for month in going]
    return sa.and_(
        sa.true(), *(sa.or_(_EVENT.c.event_id < first, _EVENT.c.event_id >= after) for first, after in spans)
    )


def find_archived(session: Session, waybill_nos: Collection[str]) -> set[str]:
    """Those of the parcels of which events went with a closed month."""
    return {number for (number,) in find_rows(session, ArchivedParcelRow, ("waybill_no",), "waybill_no", waybill_nos)}


def archived_scans_of(session: Session, waybill_nos: Iterable[str]) -> dict[str, list[ArchivedScans]]:
    """What of these parcels is archived, the oldest month first; those of which all events are here are absent."""
    statement = (
        sa.select(_PARCEL.c.waybill_no, _PARCEL.c.month, _PARCEL.c.events, _MONTH.c.archived_at)
        .join(_MONTH, _MONTH.c.month == _PARCEL.c.month)
        .where(_PARCEL.c.waybill_no.in_(sorted(set(waybill_nos))))
        .order_by(_PARCEL.c.month)
    )
    found: dict[str, list[ArchivedScans]] = {}
    for waybill_no, *told in session.connection().execute(statement):
        found.setdefault(waybill_no, []).append(ArchivedScans(*told))
    return found


def find_archived_seqs(session: Session, device_no: int, seqs: Collection[int]) -> set[int]:
    """Those of a device's counter values that an archived event bears."""
    if not seqs:
        return set()
    lowest, highest = min(seqs), max(seqs)
    statement = sa.select(_SEQ.c.first, _SEQ.c.last).where(
        _SEQ.c.device_no == device_no, _SEQ.c.last >= lowest, _SEQ.c.first <= highest
    )
    ranges = session.connection().execute(statement).all()
    return {seq for seq in seqs if any(first <= seq <= last for first, last in ranges)}


def join_ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as ranges, both ends included."""
    first = last = None
    for number in numbers:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = number
    if first is not None and last is not None:
        yield first, last


def write_ranges(ranges: Iterable[tuple[int, int]]) -> str:
    """Ranges as the store keeps them: 1-90 94-120."""
    return " ".join(f"{first}-{last}" for first, last in ranges)


def parse_ranges(text: str) -> Iterator[tuple[int, int]]:
    """Ranges from what the store keeps. Raises ValueError."""
    for each in text.split():
        first, _, last = each.partition("-")
        yield int(first), int(last)
