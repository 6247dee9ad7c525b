"""An objection to a point (异议): what a company says against it, and what came of that, step by step; pure.

快递业信用管理暂行办法: with evidence to the administration, reviewed within 10 days, changed within 10 days of the
verification (Art. 18); all of year N by 15 February N+1 (Art. 19). The days are calendar days.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from credit_scoring.evidence.window import close_of
from tracker.working_days import calendar_days_after, local_day_of

REVIEW_DAYS = 10  # 105号 Art. 18 [T]
CHANGE_DAYS = 10  # 105号 Art. 18 [T]


class PointKind(StrEnum):
    """What an objection may be about."""

    INDICATOR = "indicator"  # 指标: of a saved run; key run/indicator
    RECORD = "record"  # 档案记录: key record id
    FINDING = "finding"  # 投诉责任认定: key case number
    PARCEL = "parcel"  # 邮件快件: key waybill number
    VOICE = "voice"  # 评价: key its number


class StepKind(StrEnum):
    """What happens to an objection."""

    TOLD_REGULATOR = "told_regulator"  # 监管部门已阅
    UPHELD = "upheld"  # 异议成立
    REJECTED = "rejected"  # 异议不成立
    WITHDRAWN = "withdrawn"  # 企业撤回
    CHANGED = "changed"  # 已更正或剔除
    TOLD_CARRIER = "told_carrier"  # 企业已阅


class ObjectionState(StrEnum):
    """How it stands."""

    FILED = "filed"  # 待核实
    UPHELD = "upheld"  # 成立,待更正
    CHANGED = "changed"  # 成立,已更正
    REJECTED = "rejected"  # 不成立
    WITHDRAWN = "withdrawn"  # 已撤回


class Remedy(StrEnum):
    """What an upheld objection leads to."""

    EXCLUDE = "exclude"  # 剔除: it is no evidence any more
    CORRECT = "correct"  # 更正: at its source, within 10 days


OPEN = frozenset({ObjectionState.FILED, ObjectionState.UPHELD})
_MOVES: dict[StepKind, frozenset[ObjectionState]] = {
    StepKind.UPHELD: frozenset({ObjectionState.FILED}),
    StepKind.REJECTED: frozenset({ObjectionState.FILED}),
    StepKind.WITHDRAWN: frozenset({ObjectionState.FILED}),
    StepKind.CHANGED: frozenset({ObjectionState.UPHELD}),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One point: its kind and key, of which year, and in which division it lies (None: nationwide)."""

    kind: PointKind
    key: str
    year: int
    division: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, by whom and when; `reason` and `remedy` where it decides."""

    kind: StepKind
    by: str
    at: datetime
    reason: str = ""
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection as it stands. `parcels` are what an objection to an indicator names."""

    objection_no: int
    carrier: str
    point: Point
    ground: str
    parcels: tuple[str, ...]
    evidence_sha256: str
    evidence_type: str
    filed_by: str
    filed_at: datetime
    steps: tuple[Step, ...] = ()

    @property
    def state(self) -> ObjectionState:
        moves = [step.kind for step in self.steps if step.kind in _MOVES]
        return ObjectionState(moves[-1].value) if moves else ObjectionState.FILED

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def decision(self) -> Step | None:
        """The step that upheld or rejected it."""
        return next((each for each in self.steps if each.kind in (StepKind.UPHELD, StepKind.REJECTED)), None)

    @property
    def due(self) -> date | None:
        """The last day of what comes next, still in time; None where nothing does."""
        if self.state is ObjectionState.FILED:
            return _capped(self.filed_at, REVIEW_DAYS, self.point.year)
        if self.state is ObjectionState.UPHELD and (decision := self.decision):
            return _capped(decision.at, CHANGE_DAYS, self.point.year)
        return None

    def is_overdue(self, today: date) -> bool:
        return self.due is not None and today > self.due

    def takes(self, step: StepKind) -> bool:
        """Whether this can happen now."""
        return step in _MOVES and self.state in _MOVES[step]

    def was_told(self, kind: StepKind) -> bool:
        return any(step.kind is kind for step in self.steps)


def _capped(moment: datetime, days: int, year: int) -> date:
    """The end of a term, not later than the year's close; what is decided after that is due at once."""
    begun = local_day_of(moment)
    last = local_day_of(close_of(year)) - timedelta(days=1)
    return max(begun, min(calendar_days_after(begun, days).day, last))
