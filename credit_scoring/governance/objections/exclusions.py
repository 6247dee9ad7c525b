"""Exclusions (剔除): what is no evidence any more because an objection was upheld; added, never taken back."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from credit_scoring.evidence.scope import Scope
from credit_scoring.governance.objections.objection import Objection, PointKind
from credit_scoring.governance.objections.objection_tables import ExclusionRow

Keys = dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Exclusions:
    """By carrier: waybill numbers, archive record ids, complaint case numbers and review numbers, as texts."""

    parcels: Keys = field(default_factory=dict)
    records: Keys = field(default_factory=dict)
    findings: Keys = field(default_factory=dict)
    voices: Keys = field(default_factory=dict)


def exclusions(session: Session, scope: Scope) -> Exclusions:
    """All that was excluded by the scope's `as_of`, whatever its day and place: a key too many hurts nobody.

    A yearly run's `as_of` is capped at the close, so what was upheld after it changes nothing there.
    """
    found: dict[str, dict[str, set[str]]] = {kind: {} for kind in PointKind}
    for row in session.exec(select(ExclusionRow).where(col(ExclusionRow.recorded_at) <= scope.as_of)):
        found[row.kind].setdefault(row.carrier, set()).add(row.key)
    return Exclusions(
        parcels=_frozen(found[PointKind.PARCEL]),
        records=_frozen(found[PointKind.RECORD]),
        findings=_frozen(found[PointKind.FINDING]),
        voices=_frozen(found[PointKind.VOICE]),
    )


def exclude(
    session: Session, objection: Objection, kind: PointKind, keys: Collection[str], *, reason: str, now: datetime
) -> None:
    """Take these out of the evidence about the objection's carrier."""
    session.add_all(
        ExclusionRow(
            carrier=objection.carrier,
            kind=kind,
            key=key,
            objection_no=objection.objection_no,
            reason=reason,
            recorded_at=now,
        )
        for key in sorted(set(keys))
    )
    session.flush()


def is_excluded(
    kind: PointKind, key: sa.sql.elements.SQLColumnExpression[str], *, as_of: datetime
) -> sa.sql.elements.ColumnElement[bool]:
    """In SQL: whether a row with this key was excluded by then."""
    return sa.exists().where(
        col(ExclusionRow.kind) == kind, col(ExclusionRow.key) == key, col(ExclusionRow.recorded_at) <= as_of
    )


def _frozen(keys: dict[str, set[str]]) -> Keys:
    return {carrier: frozenset(each) for carrier, each in keys.items()}
