"""Saved runs as JSON (历次考核数据形状): a trend, a comparison, the picture by province, field by field."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.scheme.rules import Dimension
from credit_scoring.scoring.provinces import Missing
from credit_scoring.scoring.ranking import UnrankedReason
from credit_scoring.scoring.rhythm import Rhythm
from web.api.credit_shapes import HeadOut, RankedOut, Share, UnrankedOut
from web.api.shapes import Shape, Time


class RunOut(Shape):
    """A saved run; `closing` says that it is the run of a whole year, made after that year was closed."""

    run: UUID
    scheme: str
    as_of: Time
    position: int


class PointOut(Shape):
    """A carrier in a run: without a place all is null but `parcels`, and `reason` says why."""

    score: float | None
    interval: Share | None
    rank: int | None
    best_place: int | None
    worst_place: int | None
    grade: str | None
    parcels: int
    covered_points: int
    reason: UnrankedReason | None
    objections: int


class SlotOut(Shape):
    """A window of the series; `run` and every point are null where nobody judged it. `joined` says for each carrier
    whether its line goes on from the window before. `points` follow `carriers`, null: not in that run."""

    from_: Annotated[date, Field(alias="from")]
    to: date
    year: bool
    closing: bool
    run: RunOut | None
    points: list[PointOut | None]
    joined: list[bool]


class TrendOut(Shape):
    """Carriers through the saved runs of one rhythm and division, the oldest first; `objections` are open now."""

    as_of: Time
    rhythm: Rhythm
    division: str | None
    scheme: str | None
    carriers: list[str]
    objections: list[int]
    slots: list[SlotOut]


class AheadOut(Shape):
    """A carrier, and those that it is better than for certain: their intervals do not meet."""

    carrier: str
    of: list[str]


class ComparedOut(Shape):
    """One thing compared: who is ahead of whom, and the pairs that cannot be told apart; the unknown are in neither."""

    ahead: list[AheadOut]
    alike: list[tuple[str, str]]


class DimensionOut(Shape):
    """The points won in a dimension, of 1000; null where nothing of it is known, or the carrier has no place."""

    value: float | None
    interval: Share | None


class ComparedCarrierOut(Shape):
    """One carrier's row of the ranking, its dimensions, and the indicators against which an objection is open."""

    standing: RankedOut | UnrankedOut
    dimensions: dict[Dimension, DimensionOut]
    objections: int
    disputed: list[IndicatorName]


class ComparisonOut(HeadOut):
    """Two to four carriers in one run; `compared` holds `score`, the dimensions and the indicators by name."""

    carriers: list[ComparedCarrierOut]
    compared: dict[str, ComparedOut]


class ProvinceOut(Shape):
    """One province. `value` and `interval` are those of the figure asked for, null where `missing` says why."""

    division: str
    name: str
    run: RunOut | None
    parcels: int | None
    value: float | None
    interval: Share | None
    sample: int | None
    carrier: str | None
    rank: int | None
    grade: str | None
    missing: Missing | None
    objections: int


class MapOut(Shape):
    """A figure by province for a period, from the runs of each province; null where no period was judged at all."""

    from_: Annotated[date | None, Field(alias="from")]
    to: date | None
    figure: str
    carrier: str | None
    provinces: list[ProvinceOut]
