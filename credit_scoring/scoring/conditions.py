"""The conditions (统计口径): in SQL, which parcels an indicator counts and which of them meet it.

The same conditions count the evidence and list the parcels behind it. Only the standard's CASE, comparisons and
LIKE are used; every time is bound through its column's type.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from credit_scoring.evidence.indicators import Direction, IndicatorName, indicator_of
from credit_scoring.evidence.scope import Scope
from tracker.chain.state import FINAL, State
from tracker.store.tables import ParcelRow
from tracker.wire.divisions import division_prefix

ON_THE_WAY = col(ParcelRow.on_the_way).is_(True)


@dataclass(frozen=True, slots=True)
class Condition:
    """An indicator in SQL: `counted` makes the denominator, `met` among those the numerator."""

    counted: ColumnElement[bool]
    met: ColumnElement[bool]


def in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """A parcel belongs to the local day on which it was accepted, and to the division of its origin."""
    accepted_at = col(ParcelRow.accepted_at)
    conditions = [accepted_at >= scope.window.start, accepted_at < scope.window.end]
    if scope.division is not None:
        prefix = division_prefix(scope.division)
        conditions.append(col(ParcelRow.origin).startswith(prefix, autoescape=True))
    return conditions


def condition_of(name: IndicatorName, *, as_of: datetime) -> Condition:
    """The condition of an indicator, seen at `as_of`."""
    match name:
        case IndicatorName.DELIVERED_IN_TIME:
            return _delivered_in_time(as_of)
        case IndicatorName.PICKED_UP_IN_TIME:
            due = col(ParcelRow.pickup_due)
            return Condition(due.is_not(None), col(ParcelRow.accepted_at) <= due)
        case IndicatorName.TRACE_COMPLETE:
            ended = _state_in(*FINAL, State.LOST)
            return Condition(sa.and_(ended, ON_THE_WAY), col(ParcelRow.gaps) == 0)
        case IndicatorName.LOSS:
            return Condition(sa.true(), _state_in(State.LOST, State.DESTROYED))
        case IndicatorName.DAMAGE:
            return Condition(sa.true(), col(ParcelRow.damaged).is_(True))


def loses_points(name: IndicatorName, *, as_of: datetime) -> ColumnElement[bool]:
    """The parcels that speak against the carrier: counted and not met, or met where lower is better."""
    condition = condition_of(name, as_of=as_of)
    if indicator_of(name).direction is Direction.LOWER:
        return sa.and_(condition.counted, condition.met)
    return sa.and_(condition.counted, sa.not_(condition.met))


def _delivered_in_time(as_of: datetime) -> Condition:
    """Late is strictly after the promise; what is neither delivered nor past due yet is left out."""
    due, delivered = col(ParcelRow.due_at), _state_in(State.DELIVERED)
    return Condition(sa.or_(delivered, due < as_of), sa.and_(delivered, col(ParcelRow.final_at) <= due))


def _state_in(*states: State) -> ColumnElement[bool]:
    return col(ParcelRow.state).in_(sorted(state.value for state in states))
