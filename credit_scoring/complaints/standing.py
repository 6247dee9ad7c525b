"""The standing of a case (办理状态): where it is, who owes the next answer, and by which day."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from credit_scoring.complaints.case import Case, Kind, Party
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.codes.channels import Procedure
from credit_scoring.complaints.codes.terms import Term, TermName, term_of
from tracker.working_days import Deadline, local_day_of


class CaseState(StrEnum):
    """Where a case is."""

    AT_CARRIER = "at_carrier"  # 待企业答复
    ANSWERED = "answered"  # 企业已答复
    AT_REGULATOR = "at_regulator"  # 申诉处理中
    FOUND = "found"  # 已认定
    AT_MARKET = "at_market"  # 待受理
    MEDIATING = "mediating"  # 调解中
    CHECKING = "checking"  # 线索核查中
    DOCKETED = "docketed"  # 已立案
    CLOSED = "closed"  # 已结案
    WITHDRAWN = "withdrawn"  # 已撤回


FIRST: dict[Procedure, CaseState] = {
    Procedure.COMPLAINT: CaseState.AT_CARRIER,
    Procedure.APPEAL: CaseState.AT_REGULATOR,
    Procedure.CONSUMER: CaseState.AT_MARKET,
    Procedure.LEAD: CaseState.CHECKING,
}
OWED: dict[CaseState, tuple[TermName, Party]] = {  # which term runs in a state, and who owes the answer
    CaseState.AT_CARRIER: (TermName.CARRIER_ANSWER, Party.CARRIER),
    CaseState.AT_REGULATOR: (TermName.APPEAL_ANSWER, Party.REGULATOR),
    CaseState.AT_MARKET: (TermName.CONSUMER_ACCEPT, Party.REGULATOR),
    CaseState.MEDIATING: (TermName.CONSUMER_MEDIATION, Party.REGULATOR),
    CaseState.CHECKING: (TermName.LEAD_CHECK, Party.REGULATOR),
    CaseState.DOCKETED: (TermName.REPORTER_TOLD, Party.REGULATOR),
}
LEADS_TO: dict[Kind, CaseState] = {
    Kind.SETTLED: CaseState.CLOSED,
    Kind.APPEALED: CaseState.AT_REGULATOR,
    Kind.ACCEPTED: CaseState.MEDIATING,
    Kind.DECLINED: CaseState.CLOSED,
    Kind.MEDIATED: CaseState.CLOSED,
    Kind.DOCKETED: CaseState.DOCKETED,
    Kind.NOT_DOCKETED: CaseState.CLOSED,
    Kind.REPORTER_TOLD: CaseState.CLOSED,
    Kind.FOUND: CaseState.FOUND,
    Kind.FINDING_REVOKED: CaseState.AT_REGULATOR,
    Kind.WITHDRAWN: CaseState.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Who answers for it: the responsible carrier, whether the appeal was right (有效申诉), and what it was about."""

    carrier: str
    effective: bool
    category: Category
    cause: Cause
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands. `since` is the local day on which the state began, from which its term is counted.

    `notified` are (kind, term, due) that both sides were told; `holder` has it in hand now, the first owner answers.
    """

    case: Case
    state: CaseState
    since: date
    holder: str
    extended: bool = False
    answer: str | None = None
    answered_at: datetime | None = None
    appealed_at: datetime | None = None
    ground: str | None = None
    settled: bool = False
    finding: Finding | None = None
    merged_into: str | None = None
    suspected_of: str | None = None
    kept_apart: frozenset[str] = frozenset()
    notified: frozenset[tuple[str, str, str]] = frozenset()

    @property
    def term(self) -> Term | None:
        """The term that runs now."""
        if self.state not in OWED:
            return None
        return term_of(OWED[self.state][0], self.case.division, self.since)

    @property
    def owed_by(self) -> Party | None:
        """Who owes the next answer."""
        return OWED[self.state][1] if self.state in OWED else None

    @property
    def deadline(self) -> Deadline | None:
        """The last day in time of the term that runs now."""
        term = self.term
        return term.ends(self.since, extended=self.extended) if term else None

    @property
    def carrier_deadline(self) -> Deadline | None:
        """The last day of the carrier's answer, where it was asked first."""
        if self.case.procedure is not Procedure.COMPLAINT:
            return None
        day = self.case.received_on
        return term_of(TermName.CARRIER_ANSWER, self.case.division, day).ends(day, extended=False)

    @property
    def answered_in_time(self) -> bool:
        """Whether the carrier's answer came by that day."""
        last = self.carrier_deadline
        return last is not None and self.answered_at is not None and local_day_of(self.answered_at) <= last.day

    def is_overdue(self, today: date) -> bool:
        """Whether the term that runs now is over on a local day."""
        deadline = self.deadline
        return deadline is not None and deadline.is_missed(today)
