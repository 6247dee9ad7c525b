"""Lists of cases (投诉件清单): what desks, the job and the figures ask for, by SQL over their standings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.complaints.case import Kind
from credit_scoring.complaints.complaint_tables import ComplaintEventRow, ComplaintRow, ComplaintStandingRow

AT_ONCE = 500  # numbers in one answer


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; None is any. `division` is a prefix; `overdue_on` asks for those whose term is over on that day."""

    carrier: str | None = None
    division: str | None = None
    state: str | None = None
    procedure: str | None = None
    overdue_on: date | None = None
    suspected: bool = False
    open_only: bool = False


def find_cases(
    session: Session, chosen: CaseFilter, *, after: tuple[int, str] | None = None, limit: int = 100
) -> list[tuple[int, str]]:
    """(due day as an ordinal, number) of the cases asked for, the first due first, those with nothing due last."""
    due = sa.func.coalesce(col(ComplaintStandingRow.due_on), date.max)
    statement = sa.select(due, col(ComplaintStandingRow.case_no)).where(*_conditions(chosen))
    if after is not None:
        statement = statement.where(
            sa.or_(
                due > date.fromordinal(after[0]),
                sa.and_(due == date.fromordinal(after[0]), col(ComplaintStandingRow.case_no) > after[1]),
            )
        )
    rows = session.connection().execute(statement.order_by(due, col(ComplaintStandingRow.case_no)).limit(limit))
    return [(_day(row[0]).toordinal(), row[1]) for row in rows]


def count_cases(session: Session, chosen: CaseFilter) -> int:
    """How many there are."""
    statement = sa.select(sa.func.count()).select_from(ComplaintStandingRow).where(*_conditions(chosen))
    return int(session.connection().execute(statement).scalar_one())


def find_due(session: Session, by: date, *, after: str = "", limit: int = AT_ONCE) -> list[str]:
    """The numbers of cases whose term is over by a day, or whose last day may still move; in order of numbers."""
    row = ComplaintStandingRow
    statement = sa.select(col(row.case_no)).where(
        col(row.due_on).is_not(None),
        sa.or_(col(row.due_on) <= by, col(row.is_provisional)),
        col(row.case_no) > after,
    )
    return list(session.connection().execute(statement.order_by(col(row.case_no)).limit(limit)).scalars())


def find_received(
    session: Session, start: datetime, end: datetime, *, prefix: str | None, recorded_by: datetime
) -> list[str]:
    """The numbers of cases received in a window that were recorded by a moment, of parcels from a division."""
    conditions = [
        col(ComplaintRow.received_at) >= start,
        col(ComplaintRow.received_at) < end,
        col(ComplaintRow.recorded_at) <= recorded_by,
    ]
    if prefix is not None:
        conditions.append(col(ComplaintRow.origin).startswith(prefix, autoescape=True))
    return sorted(session.connection().execute(sa.select(col(ComplaintRow.case_no)).where(*conditions)).scalars())


def find_with_event(session: Session, kind: Kind, start: datetime, end: datetime) -> list[str]:
    """The numbers of cases to which something happened from `start` up to, and without, `end`."""
    row = ComplaintEventRow
    mine = sa.select(col(row.case_no)).where(col(row.kind) == str(kind), col(row.at) >= start, col(row.at) < end)
    return sorted(set(session.connection().execute(mine).scalars()))


def _conditions(chosen: CaseFilter) -> list[sa.ColumnElement[bool]]:
    row, found = ComplaintStandingRow, []
    same: Mapping[str, str | None] = {
        "carrier": chosen.carrier, "state": chosen.state, "procedure": chosen.procedure,
    }  # fmt: skip
    found += [col(getattr(row, name)) == value for name, value in same.items() if value is not None]
    if chosen.division is not None:
        found.append(col(row.division).startswith(chosen.division, autoescape=True))
    if chosen.overdue_on is not None:
        found.append(col(row.due_on) < chosen.overdue_on)
    if chosen.suspected:
        found.append(sa.or_(col(row.suspected_of).is_not(None), col(row.merged_into).is_not(None)))
    if chosen.open_only:
        found.append(col(row.due_on).is_not(None))
    return found


def _day(value: date | str) -> date:
    """What the database gives of a day: SQLite knows no type of a function's result."""
    return value if isinstance(value, date) else date.fromisoformat(value)
