"""Credit as JSON (信用数据形状): what credit_scoring.scoring.export writes, described field by field."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.governance.objections.objection import ObjectionState, PointKind, Remedy
from credit_scoring.scoring.changes import Turn
from web.api.shapes import Shape, Time

Share = tuple[float, float]  # low and high, at 95 %


class MeasureOut(Shape):
    """One indicator: `value` and `points` are null where too little is known, and `reason` says why."""

    value: float | None
    numerator: int | None
    denominator: int | None
    interval: Share | None
    points: float | None
    weight: int
    reason: str | None = None
    parcels_lost: list[str] | None = None


class StandingOut(Shape):
    """What a carrier with and one without a place have in common."""

    carrier: str
    interval: Share | None
    covered_points: int
    parcels: int
    expected: int | None
    indicators: dict[IndicatorName, MeasureOut]


class RankedOut(StandingOut):
    """One row of the ranking; `best_place` and `worst_place` follow from the intervals.

    `grade` is null where known indicators are worth too few of the scheme's points.
    """

    rank: int
    score: float
    grade: str | None
    best_place: int
    worst_place: int


class UnrankedOut(StandingOut):
    """A carrier without a place, and the reason."""

    score: None
    grade: None
    reason: str


class HeadOut(Shape):
    """What every answer about credit begins with; `run` is null where it was computed for this answer."""

    as_of: Time
    position: int
    rolling_sha256: str | None
    scheme: str
    from_: Annotated[date, Field(alias="from")]
    to: date
    division: str | None
    run: UUID | None


class RankedRowOut(RankedOut):
    """A row, with how many objections of the carrier are open."""

    open_objections: int


class UnrankedRowOut(UnrankedOut):
    """The same of a carrier without a place."""

    open_objections: int


class RankingOut(HeadOut):
    """A ranking of a period and a division."""

    rows: list[RankedRowOut]
    unranked: list[UnrankedRowOut]


class ChangeOut(Shape):
    """What one indicator adds to the difference, in points; `turn` says whether it became known or unknown."""

    indicator: IndicatorName
    points: float
    turn: Turn


class SinceOut(Shape):
    """The change since the run before, its parts adding up to `difference`; `covered_points` before and after."""

    run: UUID
    as_of: Time
    scheme: str
    difference: float
    covered_points: tuple[int, int]
    changes: list[ChangeOut]


class ObjectionMarkOut(Shape):
    """An objection of the window's years, as everybody may know it; `indicator` and `run` where it is against one."""

    objection_no: int
    kind: PointKind
    indicator: IndicatorName | None
    run: UUID | None
    year: int
    state: ObjectionState
    open: bool
    filed_at: Time
    due: date | None
    decided_at: Time | None
    remedy: Remedy | None


class RankedCreditOut(HeadOut, RankedOut):
    """One carrier's row and its reasons, with the first parcels behind each; `since` is null without an earlier run."""

    since: SinceOut | None
    objections: list[ObjectionMarkOut]


class UnrankedCreditOut(HeadOut, UnrankedOut):
    """The same of a carrier without a place."""

    rank: None
    since: None
    objections: list[ObjectionMarkOut]
