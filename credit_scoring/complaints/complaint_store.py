"""The complaint store (投诉库): cases, their events in order, and their standing kept equal to the fold."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from credit_scoring.complaints.case import Case, CaseEvent, Kind, Party
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.codes.channels import Procedure
from credit_scoring.complaints.complaint_tables import ComplaintEventRow, ComplaintRow, ComplaintStandingRow
from credit_scoring.complaints.fold import begin, fold_case
from credit_scoring.complaints.standing import Standing

_NAMES = tuple(field.name for field in fields(Case))
AT_ONCE = 500  # keys in one statement


@dataclass(frozen=True, slots=True)
class History:
    """A case with its events and how it stands."""

    case: Case
    events: tuple[CaseEvent, ...]

    @property
    def standing(self) -> Standing:
        """The fold over its events."""
        return fold_case(self.case, self.events)


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


def add_case(session: Session, case: Case) -> None:
    """Write a new case and its first standing."""
    session.add(ComplaintRow(**{name: getattr(case, name) for name in _NAMES}))
    session.flush()
    session.add(_standing_row(begin(case)))
    session.flush()


def append_event(session: Session, standing: Standing, event: CaseEvent) -> None:
    """Write an event and how the case stands after it; another with the same number raises IntegrityError."""
    session.add(
        ComplaintEventRow(
            case_no=standing.case.case_no,
            number=event.number,
            kind=event.kind,
            at=event.at,
            by=event.by,
            account=event.account,
            data=json.dumps(dict(event.data), sort_keys=True, separators=(",", ":")),
        )
    )
    session.merge(_standing_row(standing))
    session.flush()


def save_standing(session: Session, standing: Standing) -> None:
    """Make a standing's row anew: its days move when a calendar is published."""
    session.merge(_standing_row(standing))
    session.flush()


def history_of(session: Session, case_no: str, *, lock: bool = False) -> History | None:
    """A case with all its events; `lock` keeps others from acting on it until the transaction ends."""
    if lock:
        mine = select(ComplaintStandingRow.case_no).where(ComplaintStandingRow.case_no == case_no)
        session.exec(mine.with_for_update()).all()
    return histories_of(session, [case_no]).get(case_no)


def histories_of(session: Session, case_nos: Sequence[str], *, seen_by: datetime | None = None) -> dict[str, History]:
    """Cases with their events, in the order asked; `seen_by`: only what was recorded by then."""
    found: dict[str, Case] = {}
    events: dict[str, list[CaseEvent]] = defaultdict(list)
    for some in _chunks(case_nos):
        for row in session.exec(select(ComplaintRow).where(col(ComplaintRow.case_no).in_(some))):
            found[row.case_no] = _case(row)
        mine = select(ComplaintEventRow).where(col(ComplaintEventRow.case_no).in_(some))
        for told in session.exec(mine.order_by(col(ComplaintEventRow.case_no), col(ComplaintEventRow.number))):
            if seen_by is None or told.at <= seen_by:
                events[told.case_no].append(_event(told))
    return {each: History(found[each], tuple(events[each])) for each in case_nos if each in found}


def case_of_source(session: Session, channel: str, source_ref: str) -> Case | None:
    """The case that a channel told under its own number."""
    statement = select(ComplaintRow).where(
        ComplaintRow.channel_asked == channel, col(ComplaintRow.source_ref) == source_ref
    )
    row = session.exec(statement).first()
    return _case(row) if row else None


def cases_of_parcel(session: Session, waybill_no: str) -> list[str]:
    """The numbers of a parcel's cases, the first received first."""
    statement = select(ComplaintRow.case_no).where(ComplaintRow.waybill_no == waybill_no)
    return list(session.exec(statement.order_by(col(ComplaintRow.received_at), col(ComplaintRow.case_no))))


def duplicates_of(session: Session, case_no: str) -> list[str]:
    """The numbers of the cases that are merged into one."""
    statement = select(ComplaintStandingRow.case_no).where(col(ComplaintStandingRow.merged_into) == case_no)
    return sorted(session.exec(statement))


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


def _chunks(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE))


def _case(row: ComplaintRow) -> Case:
    told = {name: getattr(row, name) for name in _NAMES}
    codes = {"procedure": Procedure(row.procedure), "category": Category(row.category), "cause": Cause(row.cause)}
    return Case(**(told | codes))


def _event(row: ComplaintEventRow) -> CaseEvent:
    return CaseEvent(row.number, Kind(row.kind), row.at, Party(row.by), row.account, json.loads(row.data))


def _standing_row(standing: Standing) -> ComplaintStandingRow:
    case, deadline = standing.case, standing.deadline
    return ComplaintStandingRow(
        case_no=case.case_no,
        carrier=case.carrier,
        division=case.division,
        procedure=case.procedure,
        received_at=case.received_at,
        state=standing.state,
        owed_by=standing.owed_by,
        due_on=deadline.day if deadline else None,
        is_provisional=deadline.provisional if deadline else False,
        merged_into=standing.merged_into,
        suspected_of=standing.suspected_of,
    )
