"""The order (排列): by which column the ranking's rows stand on the page; their places stay what they are."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from credit_scoring.scheme.rules import Dimension, Scheme
from credit_scoring.scoring.ranking import Ranked
from credit_scoring.scoring.score import Score
from web.views.figures import figures_of

Key = int | str | Decimal | tuple[int, int]


class Column(StrEnum):
    """A column of the ranking, by which its rows can stand."""

    RANK = "rank"
    CARRIER = "carrier"
    GRADE = "grade"
    SCORE = "score"
    INTERVAL = "interval"  # its low end
    DIMENSION = "dimension"  # the points won in the dimension that was chosen
    PLACES = "places"  # the best possible one, then the worst
    PARCELS = "parcels"
    DEDUCTION = "deduction"  # the most points that one indicator lost


FALLING = frozenset({Column.SCORE, Column.INTERVAL, Column.DIMENSION, Column.PARCELS, Column.DEDUCTION})


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked: a column, the other way round where `turned`, and the dimension that is shown beside the score.

    A column begins with what people look for first: places with the first, figures with the greatest.
    """

    column: Column = Column.RANK
    turned: bool = False
    dimension: Dimension | None = None

    @property
    def falls(self) -> bool:
        return (self.column in FALLING) is not self.turned

    @property
    def query(self) -> dict[str, str]:
        """As an address holds it; what nobody chose is left out."""
        asked = {"dimension": self.dimension.value} if self.dimension else {}
        if self.column is not default_column(self.dimension) or self.turned:
            asked["sort"] = self.column.value
        return asked | ({"turned": "1"} if self.turned else {})


def default_column(dimension: Dimension | None) -> Column:
    """Who chose a dimension looks for the best in it."""
    return Column.DIMENSION if dimension else Column.RANK


def in_order(rows: tuple[Ranked, ...], order: Order, scheme: Scheme) -> tuple[Ranked, ...]:
    """The rows as asked; equal ones by place, and what is unknown last, whichever way round."""
    read = _reader(order, scheme)
    known = [(key, row) for row in rows if (key := read(row)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=order.falls)
    return (*(row for _, row in known), *(row for row in rows if read(row) is None))


def most_lost(score: Score) -> Decimal:
    """The most points that one known indicator lost."""
    return max((reason.lost for reason in score.reasons if reason.lost is not None), default=Decimal(0))


def _reader(order: Order, scheme: Scheme) -> Callable[[Ranked], Key | None]:
    grades = [grade.name for grade in scheme.grades]
    dimension = order.dimension
    readers: dict[Column, Callable[[Ranked], Key | None]] = {
        Column.RANK: lambda row: row.rank,
        Column.CARRIER: lambda row: row.score.carrier,
        Column.GRADE: lambda row: grades.index(row.score.grade) if row.score.grade else len(grades),
        Column.SCORE: lambda row: figures_of(row.score).score,
        Column.INTERVAL: lambda row: figures_of(row.score).interval.low,
        Column.DIMENSION: lambda row: row.score.dimension_share(dimension) if dimension else row.rank,
        Column.PLACES: lambda row: (row.best_place, row.worst_place),
        Column.PARCELS: lambda row: row.score.parcels,
        Column.DEDUCTION: lambda row: most_lost(row.score),
    }
    return readers[order.column]
