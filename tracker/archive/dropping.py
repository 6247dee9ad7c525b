"""Dropping a month (清除已归档月份): closed first, then noted, then gone; each step may be repeated after a crash.

Closed: under the log's lock, nothing more of the month is recorded from here on. Noted: which parcels and which numbers
of which devices went with it, taken from the archive. Gone: PostgreSQL detaches and drops the partition, which needs
the table alone for a moment; SQLite deletes a part at a time. In between, everything may go on recording other months.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from tracker.archive.manifest import ArchiveError, Manifest
from tracker.archive.noting import find_parcels, find_seq_ranges
from tracker.archive.source import has_events_above
from tracker.chain.state import FINAL
from tracker.store.archived import ArchivedMonth, save_archived
from tracker.store.bulk import columns_of, table_of
from tracker.store.claim_store import drop_claims_between
from tracker.store.copy_facts import Progress
from tracker.store.database import insert_into, transaction
from tracker.store.event_store import log_head
from tracker.store.months import Month
from tracker.store.tables.archived import ArchivedParcelRow, ArchivedSeqRow
from tracker.store.tables.event_log import EventRow
from tracker.store.tables.parcel import ParcelRow

AT_ONCE = 2_000  # rows in one commit: the tracker waits for no more
PATIENCE = 0.5  # seconds for which recording and pages may wait for us at a time
PAUSE = 1.0  # seconds between two tries
TRIES = 60
LOCK_NOT_AVAILABLE = "55P03"

_EVENT, _PARCEL = table_of(EventRow), table_of(ParcelRow)


def first_droppable_day(month: Month, *, after_months: int) -> datetime:
    """From when on a month may be dropped: so many months after it ended."""
    return month.plus(1 + after_months).start


def check_parcels_at_rest(session: Session, month: Month, *, still_young: Month) -> None:
    """Raises ArchiveError while a parcel of the month is on its way: in no final state, with events since `still_young`
    began, the first month that may not be dropped yet."""
    moving = (
        sa.select(_PARCEL.c.waybill_no)
        .where(sa.or_(_PARCEL.c.state.is_(None), _PARCEL.c.state.not_in([state.value for state in FINAL])))
        .where(_has_events(_EVENT.c.event_id >= month.ids[0], _EVENT.c.event_id < month.ids[1]))
        .where(_has_events(_EVENT.c.event_id >= still_young.first_id))
        .limit(1_000)
    )
    numbers = session.connection().execute(moving).scalars().all()
    if numbers:
        told = f"{len(numbers)} parcels" if len(numbers) < 1_000 else "1,000 parcels or more"
        raise ArchiveError(
            f"{month} stays: {told} of it, such as {min(numbers)}, are in no final state and had events since"
            f" {still_young}; it may go when they are delivered, returned or destroyed, or when that month may go too"
        )


def drop_month(
    engine: Engine, folder: Path, manifest: Manifest, archived: ArchivedMonth, *, now: datetime, progress: Progress
) -> ArchivedMonth:
    """Drop a month whose archive was just checked and compared; `now` is when. Raises ArchiveError."""
    month = archived.month
    with transaction(engine) as session:
        log_head(session, lock=True)
        if has_events_above(session, month, manifest.log_position):
            raise ArchiveError(f"late scans of {month} came while it was archived: archive it again")
        closed = replace(archived, closed_at=archived.closed_at or now)
        save_archived(session, closed)
        drop_claims_between(session, *month.ids)
    _note(engine, ArchivedParcelRow, find_parcels(folder, manifest))
    _note(engine, ArchivedSeqRow, find_seq_ranges(folder, manifest))
    dropped = replace(closed, dropped_at=now)
    if engine.dialect.name == "postgresql":
        _detach(engine, dropped)
    else:
        _delete(engine, dropped, manifest.events, progress)
    return dropped


def _has_events(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(_EVENT.c.waybill_no == _PARCEL.c.waybill_no, *conditions)


def _note(engine: Engine, table: type[SQLModel], rows: Iterable[tuple[Any, ...]]) -> None:
    remaining: Iterator[tuple[Any, ...]] = iter(rows)
    names = columns_of(table)
    while part := list(islice(remaining, AT_ONCE)):
        with transaction(engine) as session:
            statement = insert_into(session, table_of(table)).on_conflict_do_nothing()
            session.connection().execute(statement, [dict(zip(names, row, strict=True)) for row in part])


def _detach(engine: Engine, dropped: ArchivedMonth) -> None:
    """In one transaction, so that nobody sees the partition apart. Raises ArchiveError where the table stays in use."""
    name = dropped.month.partition
    for _ in range(TRIES):
        try:
            with transaction(engine, patience=PATIENCE) as session:
                log_head(session, lock=True)
                connection = session.connection()
                if connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": name}) is not None:
                    connection.exec_driver_sql(f"ALTER TABLE event DETACH PARTITION {name}")
                    connection.exec_driver_sql(f"DROP TABLE {name}")
                save_archived(session, dropped)
            return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
        time.sleep(PAUSE)
    raise ArchiveError(
        f"the events are in use all the time, perhaps by a backup: run this again later; {dropped.month} is closed"
    )


def _delete(engine: Engine, dropped: ArchivedMonth, total: int, progress: Progress) -> None:
    first, after = dropped.month.ids
    gone, deleted = 0, 1
    while deleted:
        with transaction(engine) as session:
            some = sa.select(_EVENT.c.event_id).where(_EVENT.c.event_id >= first, _EVENT.c.event_id < after)
            part = sa.delete(_EVENT).where(_EVENT.c.event_id.in_(some.limit(AT_ONCE)))
            deleted = session.connection().execute(part).rowcount
            if not deleted:
                save_archived(session, dropped)
        gone += deleted
        progress(gone, total)
