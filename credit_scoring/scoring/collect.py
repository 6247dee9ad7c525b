"""Collecting (归集): the evidence of every carrier in a scope, counted by the database in one pass an area.

The database gives whole numbers only: how many parcels, how many of them met a condition, how many milliseconds
together. Every division is made afterwards, in decimals.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.archive.clocks import Month
from credit_scoring.archive.collect_archive import counts_of_archive
from credit_scoring.archive.volume_store import declared_volumes
from credit_scoring.complaints.collector import counts_of_complaints
from credit_scoring.evidence.evidence import CarrierEvidence, Count
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.subject import carrier
from credit_scoring.evidence.window import midnight
from credit_scoring.scoring.conditions import (
    COUNTED,
    ON_THE_WAY,
    OWN,
    TIMES,
    condition_of,
    in_division,
    in_scope,
    never_scanned,
)
from credit_scoring.voices.counts import counts_of_voices
from tracker.store.tables import LogHeadRow, ParcelRow

MORE_THAN_A_MONTH = timedelta(days=32)
_CARRIER = col(ParcelRow.carrier)
_NO_COMPLAINT = dict.fromkeys((IndicatorName.COMPLAINTS, IndicatorName.EFFECTIVE_COMPLAINTS), Count(0, 0))


def collect_evidence(session: Session, scope: Scope) -> list[CarrierEvidence]:
    """The evidence of every carrier with a parcel in the scope, scanned or hidden, by carrier code."""
    connection = session.connection()
    records = replace(scope, as_of=scope.recorded_until)
    rows = connection.execute(count_parcels(scope)).mappings().all()
    announced = {code: (met, hidden) for code, met, hidden in connection.execute(count_announced(scope))}
    return build_evidence(
        rows,
        announced,
        short_of_declared=_short_of_declared(session, records),
        others=[
            counts_of_archive(session, records),
            counts_of_complaints(session, records),
            counts_of_voices(session, records),
        ],
    )


def count_parcels(scope: Scope) -> sa.Select[Any]:
    """The statement that counts every carrier's parcels, a row a carrier."""
    columns: list[sa.ColumnElement[Any]] = [
        _CARRIER.label("carrier"),
        sa.func.count().label("parcels"),
        _count(OWN).label("own_parcels"),
        _count(ON_THE_WAY).label("on_the_way"),
    ]
    for name in COUNTED:
        condition = condition_of(name, as_of=scope.as_of)
        columns.append(_count(sa.and_(condition.counted, condition.met)).label(f"{name}_met"))
        columns.append(_count(condition.counted).label(f"{name}_counted"))
    for name, time in TIMES.items():
        columns.append(sa.func.sum(sa.case((time.is_not(None), time), else_=0)).label(f"{name}_met"))
        columns.append(_count(time.is_not(None)).label(f"{name}_counted"))
    return sa.select(*columns).where(*in_scope(scope)).group_by(_CARRIER)


def count_announced(scope: Scope) -> sa.Select[Any]:
    """The statement that counts the announced parcels that were accepted, and those that were never scanned."""
    announced_at = col(ParcelRow.announced_at)
    accepted = sa.and_(announced_at.is_not(None), *in_scope(scope))
    hidden = sa.and_(*never_scanned(scope))
    columns: list[sa.ColumnElement[Any]] = [_CARRIER.label("carrier")]
    columns += [_count(accepted).label("accepted"), _count(hidden).label("hidden")]
    return sa.select(*columns).where(sa.or_(accepted, hidden), *in_division(scope)).group_by(_CARRIER)


def build_evidence(
    rows: Iterable[Mapping[Any, Any]],
    announced: Mapping[str, tuple[int, int]],
    *,
    short_of_declared: Mapping[str, int],
    others: Iterable[Mapping[str, Mapping[str, tuple[int, int]]]],
) -> list[CarrierEvidence]:
    """Pure: the evidence from what was counted, over parcels and in the other areas, by carrier and indicator.

    `short_of_declared`: by how many the scans fall short of what a carrier declared.
    """
    by_carrier = {row["carrier"]: row for row in rows}
    counts: dict[str, dict[IndicatorName, Count]] = defaultdict(dict)
    for area in others:
        for code, found in area.items():
            counts[code].update({IndicatorName(name): Count(*pair) for name, pair in found.items()})
    codes = by_carrier.keys() | {code for code, (_, hidden) in announced.items() if hidden}
    codes |= {code for code, short in short_of_declared.items() if short}
    return [
        _evidence(code, by_carrier.get(code), announced.get(code), short_of_declared.get(code), counts[code])
        for code in sorted(codes)
    ]


def position_of(session: Session) -> int:
    """How far the log had come in what this session sees; 0 while it is empty."""
    return session.connection().scalar(sa.select(col(LogHeadRow.position))) or 0


def _short_of_declared(session: Session, scope: Scope) -> dict[str, int]:
    """By how many parcels each carrier that declared its volumes fell short of them, month by month."""
    declared = declared_volumes(session, scope)
    if not declared:
        return {}
    months = sorted({month for told in declared.values() for month in told})
    accepted_at = col(ParcelRow.accepted_at)
    columns: list[sa.ColumnElement[Any]] = [_CARRIER.label("carrier")]
    for month in months:
        first = Month.parse(month).first
        after = (first + MORE_THAN_A_MONTH).replace(day=1)
        columns.append(_count(sa.and_(accepted_at >= midnight(first), accepted_at < midnight(after))).label(month))
    statement = sa.select(*columns).where(*in_scope(scope), _CARRIER.in_(sorted(declared))).group_by(_CARRIER)
    scanned = {row["carrier"]: row for row in session.connection().execute(statement).mappings()}
    return {
        code: sum(max(0, told - int(scanned[code][month] if code in scanned else 0)) for month, told in volumes.items())
        for code, volumes in declared.items()
    }


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _evidence(
    code: str,
    row: Mapping[Any, Any] | None,
    announced: tuple[int, int] | None,
    short_of_declared: int | None,
    others: Mapping[IndicatorName, Count],
) -> CarrierEvidence:
    parcels = int(row["parcels"]) if row is not None else 0
    hidden = max(announced[1] if announced else 0, short_of_declared or 0)
    told = announced is not None or short_of_declared is not None
    of_parcels = {name: _told(row, name) for name in (*COUNTED, *TIMES)}
    return CarrierEvidence(
        subject=carrier(code),
        parcels=parcels,
        own_parcels=int(row["own_parcels"]) if row is not None else 0,
        on_the_way=int(row["on_the_way"]) if row is not None else 0,
        expected=parcels + int(hidden) if told else None,
        counts={**of_parcels, **_NO_COMPLAINT, **others},
    )


def _told(row: Mapping[Any, Any] | None, name: IndicatorName) -> Count:
    return Count(int(row[f"{name}_met"]), int(row[f"{name}_counted"])) if row is not None else Count(0, 0)
