"""Counting (计数): the statements that count parcels, which every engine answers with the same whole numbers.

No division, average, percentile, date function or order: SQLite, PostgreSQL and DuckDB would each have their own.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.archive.clocks import Month
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import midnight
from credit_scoring.scoring.conditions import (
    COUNTED,
    ON_THE_WAY,
    OWN,
    TIMES,
    condition_of,
    in_scope,
    never_scanned,
)
from tracker.store.tables.parcel import ParcelRow

Row = Mapping[str, Any]
Ask = Callable[[sa.Select[Any]], Sequence[Row]]  # an engine that answers a statement about parcels
MORE_THAN_A_MONTH = timedelta(days=32)
_CARRIER = col(ParcelRow.carrier)


def asking(session: Session) -> Ask:
    """The store as the engine."""
    return lambda statement: [dict(row) for row in session.connection().execute(statement).mappings()]


def count_parcels(scope: Scope, *, without: Collection[str] = ()) -> sa.Select[Any]:
    """The statement that counts every carrier's parcels, a row a carrier; `without` some waybill numbers."""
    columns: list[sa.ColumnElement[Any]] = [
        _CARRIER.label("carrier"),
        sa.func.count().label("parcels"),
        _count(OWN).label("own_parcels"),
        _count(ON_THE_WAY).label("on_the_way"),
        _count(col(ParcelRow.announced_at).is_not(None)).label("announced"),
    ]
    for name in COUNTED:
        condition = condition_of(name, as_of=scope.as_of)
        columns.append(_count(sa.and_(condition.counted, condition.met)).label(f"{name}_met"))
        columns.append(_count(condition.counted).label(f"{name}_counted"))
    for name, time in TIMES.items():
        columns.append(sa.func.sum(sa.case((time.is_not(None), time), else_=0)).label(f"{name}_met"))
        columns.append(_count(time.is_not(None)).label(f"{name}_counted"))
    return sa.select(*columns).where(*in_scope(scope), *_but(without)).group_by(_CARRIER)


def count_hidden(scope: Scope, *, without: Collection[str] = ()) -> sa.Select[Any]:
    """The statement that counts the parcels that were announced and never scanned, by carrier."""
    columns: list[sa.ColumnElement[Any]] = [_CARRIER.label("carrier"), sa.func.count().label("hidden")]
    return sa.select(*columns).where(*never_scanned(scope), *_but(without)).group_by(_CARRIER)


def count_months(scope: Scope, carriers: Iterable[str], months: Sequence[str]) -> sa.Select[Any]:
    """The statement that counts the parcels that some carriers accepted in each month (`2026-03`)."""
    accepted_at = col(ParcelRow.accepted_at)
    columns: list[sa.ColumnElement[Any]] = [_CARRIER.label("carrier")]
    for month in months:
        first = Month.parse(month).first
        after = (first + MORE_THAN_A_MONTH).replace(day=1)
        columns.append(_count(sa.and_(accepted_at >= midnight(first), accepted_at < midnight(after))).label(month))
    return sa.select(*columns).where(*in_scope(scope), _CARRIER.in_(sorted(carriers))).group_by(_CARRIER)


def _but(waybill_nos: Collection[str]) -> list[sa.ColumnElement[bool]]:
    return [col(ParcelRow.waybill_no).not_in(sorted(waybill_nos))] if waybill_nos else []


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))
