"""Collecting (归集): the evidence of every carrier in a scope, counted by the database in one pass."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.evidence.evidence import CarrierEvidence, Count
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.subject import carrier
from credit_scoring.scoring.conditions import ON_THE_WAY, condition_of, in_scope
from tracker.store.tables import LogHeadRow, ParcelRow


def collect_evidence(session: Session, scope: Scope) -> list[CarrierEvidence]:
    """The evidence of every carrier with a parcel in the scope, by carrier code."""
    columns: list[sa.ColumnElement[Any]] = [
        col(ParcelRow.carrier).label("carrier"),
        sa.func.count().label("parcels"),
        _count(ON_THE_WAY).label("on_the_way"),
    ]
    for name in IndicatorName:
        condition = condition_of(name, as_of=scope.as_of)
        columns.append(_count(sa.and_(condition.counted, condition.met)).label(f"{name}_met"))
        columns.append(_count(condition.counted).label(f"{name}_counted"))
    statement = sa.select(*columns).where(*in_scope(scope)).group_by(col(ParcelRow.carrier))
    rows = session.connection().execute(statement).mappings()
    return sorted((_evidence(row) for row in rows), key=lambda evidence: evidence.carrier)


def position_of(session: Session) -> int:
    """How far the log had come in what this session sees; 0 while it is empty."""
    return session.connection().scalar(sa.select(col(LogHeadRow.position))) or 0


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _evidence(row: sa.RowMapping) -> CarrierEvidence:
    return CarrierEvidence(
        subject=carrier(row["carrier"]),
        parcels=int(row["parcels"]),
        on_the_way=int(row["on_the_way"]),
        counts={name: Count(int(row[f"{name}_met"]), int(row[f"{name}_counted"])) for name in IndicatorName},
    )
