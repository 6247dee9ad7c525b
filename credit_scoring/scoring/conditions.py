"""The conditions (统计口径): in SQL, which parcels an indicator counts and which of them meet it.

The same conditions count the evidence and list the parcels behind it. Only the standard's CASE, comparisons and
LIKE are used, so that SQLite, PostgreSQL and DuckDB read them alike; every time is bound through its column's type.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from credit_scoring.evidence.catalogue import INDICATORS, indicator_of
from credit_scoring.evidence.indicators import Direction, IndicatorName
from credit_scoring.evidence.scope import Scope
from tracker.chain.state import FINAL, State
from tracker.store.tables.parcel import ParcelRow
from tracker.wire.divisions import division_prefix

ON_THE_WAY = col(ParcelRow.on_the_way).is_(True)
OWN = col(ParcelRow.imported).is_(False)  # imported history says nothing of duties done at the counter
PICKUP_GRACE = timedelta(days=7)  # an announced parcel that nobody accepted by then was hidden, or not cancelled [P]
DAY, THREE_DAYS = timedelta(hours=24), timedelta(hours=72)
COUNTED = tuple(each.name for each in INDICATORS if each.counts_hidden)
TIMES: dict[IndicatorName, Any] = {
    IndicatorName.FULL_HOURS: col(ParcelRow.full_ms),
    IndicatorName.ORIGIN_HOURS: col(ParcelRow.origin_ms),
    IndicatorName.TRANSPORT_HOURS: col(ParcelRow.transport_ms),
    IndicatorName.DESTINATION_HOURS: col(ParcelRow.destination_ms),
    IndicatorName.DELIVERY_HOURS: col(ParcelRow.delivery_ms),
}
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Condition:
    """An indicator in SQL: `counted` makes the denominator, `met` among those the numerator."""

    counted: ColumnElement[bool]
    met: ColumnElement[bool]


def in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """A parcel belongs to the local day on which it was accepted, and to the division of its origin."""
    accepted_at = col(ParcelRow.accepted_at)
    return [accepted_at >= scope.window.start, accepted_at < scope.window.end, *in_division(scope)]


def in_division(scope: Scope) -> list[ColumnElement[bool]]:
    """The division of the origin, as a prefix."""
    if scope.division is None:
        return []
    return [col(ParcelRow.origin).startswith(division_prefix(scope.division), autoescape=True)]


def condition_of(name: IndicatorName, *, as_of: datetime) -> Condition:
    """The condition of an indicator of parcels, seen at `as_of`; raises KeyError for any other."""
    match name:
        case IndicatorName.DELIVERED_IN_TIME:
            return _delivered_in_time(as_of)
        case IndicatorName.WITHIN_24_HOURS:
            return _delivered_within(DAY, as_of, col(ParcelRow.same_city).is_(True))
        case IndicatorName.WITHIN_72_HOURS:
            return _delivered_within(THREE_DAYS, as_of, sa.true())
        case _:
            return _TIMELESS[name]


def loses_points(name: IndicatorName, *, as_of: datetime) -> ColumnElement[bool]:
    """The parcels that speak against the carrier: counted and not met, or met where lower is better.

    None for what is not a share of parcels.
    """
    if name not in COUNTED:
        return sa.false()
    condition = condition_of(name, as_of=as_of)
    if indicator_of(name).direction is Direction.LOWER:
        return sa.and_(condition.counted, condition.met)
    return sa.and_(condition.counted, sa.not_(condition.met))


def never_scanned(scope: Scope) -> list[ColumnElement[bool]]:
    """The parcels that somebody announced for the window, and that nobody accepted though they were long due."""
    announced_at, last = col(ParcelRow.announced_at), min(scope.window.end, scope.as_of - PICKUP_GRACE)
    return [col(ParcelRow.accepted_at).is_(None), announced_at >= scope.window.start, announced_at < last,
            *in_division(scope)]  # fmt: skip


def _delivered_in_time(as_of: datetime) -> Condition:
    """Late is strictly after the promise; what is neither delivered nor past due yet is left out."""
    due, delivered = col(ParcelRow.due_at), _state_in(State.DELIVERED)
    return Condition(sa.or_(delivered, due < as_of), sa.and_(delivered, col(ParcelRow.final_at) <= due))


def _delivered_within(term: timedelta, as_of: datetime, among: ColumnElement[bool]) -> Condition:
    """What was accepted so lately that the term still runs is left out, unless it is delivered."""
    delivered, full = _state_in(State.DELIVERED), col(ParcelRow.full_ms)
    due = sa.or_(delivered, col(ParcelRow.accepted_at) < as_of - term)
    return Condition(sa.and_(among, due), sa.and_(delivered, full.is_not(None), full <= term // _MILLISECOND))


def _state_in(*states: State) -> ColumnElement[bool]:
    return col(ParcelRow.state).in_(sorted(state.value for state in states))


_PICKUP_DUE = col(ParcelRow.pickup_due)
_ENDED = sa.and_(_state_in(*FINAL, State.LOST), ON_THE_WAY)
_TIMELESS = {
    IndicatorName.PICKED_UP_IN_TIME: Condition(_PICKUP_DUE.is_not(None), col(ParcelRow.accepted_at) <= _PICKUP_DUE),
    IndicatorName.TRACE_COMPLETE: Condition(_ENDED, col(ParcelRow.gaps) == 0),
    IndicatorName.SCANS_IN_TIME: Condition(sa.and_(OWN, ON_THE_WAY), col(ParcelRow.scans_late) == 0),
    IndicatorName.LOSS: Condition(sa.true(), _state_in(State.LOST, State.DESTROYED)),
    IndicatorName.DAMAGE: Condition(sa.true(), col(ParcelRow.damaged).is_(True)),
    IndicatorName.WITHOUT_CONSENT: Condition(
        sa.and_(OWN, _state_in(State.DELIVERED, State.AWAITING_PICKUP)), col(ParcelRow.stored_without_consent).is_(True)
    ),
    IndicatorName.REAL_NAME: Condition(OWN, col(ParcelRow.identity_checked).is_(True)),
    IndicatorName.INSPECTION: Condition(OWN, col(ParcelRow.inspected).is_(True)),
    IndicatorName.SCREENING: Condition(sa.and_(OWN, _ENDED), col(ParcelRow.screened).is_(True)),
}
