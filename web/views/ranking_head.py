"""The ranking's head (表头): its columns, each a link that puts the rows in its order or turns them round."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from credit_scoring.scheme.rules import Dimension
from web.views.ranking_order import Column, Order
from web.words import Words

NUMBERS = frozenset({Column.SCORE, Column.PLACES, Column.PARCELS})


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head. `sorted` is what aria-sort says; empty where the rows stand by another column."""

    title: str
    href: str
    css: str
    sorted: str


def columns_of(dimension: Dimension | None) -> tuple[Column, ...]:
    """The columns that are shown."""
    return tuple(each for each in Column if each is not Column.DIMENSION or dimension)


def heading_title(words: Words, column: Column, dimension: Dimension | None) -> str:
    """What a column is called."""
    if column is Column.DIMENSION and dimension:
        return words("ranking.of_dimension", dimension=words(f"dimension.{dimension}"))
    return words(f"ranking.{column}")


def build_headings(words: Words, order: Order, query: str) -> tuple[Heading, ...]:
    """The head of every column; `query` is the scope's."""
    return tuple(_heading(words, column, order, query) for column in columns_of(order.dimension))


def _heading(words: Words, column: Column, order: Order, query: str) -> Heading:
    here = column is order.column
    onward = replace(order, column=column, turned=here and not order.turned).query
    direction = "descending" if order.falls else "ascending"
    return Heading(
        title=heading_title(words, column, order.dimension),
        href=f"/rankings?{query}" + (f"&{urlencode(onward)}" if onward else ""),
        css="n" if column in NUMBERS else "",
        sorted=direction if here else "",
    )
