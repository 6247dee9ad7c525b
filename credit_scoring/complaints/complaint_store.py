"""The complaint store (投诉库): cases, their events in order, and their standing kept equal to the fold."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

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
