"""What is asked of the map (分省的问法): a figure, of all carriers or one, for a period; and the table's order."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import Depends, Query

from credit_scoring.evidence.indicators import Indicator
from credit_scoring.evidence.window import Window
from credit_scoring.scoring.provinces import MAPPED
from web.errors import CarriersMiscounted, FigureUnknown
from web.runs.run_paths import AskedCarriers, RunQuestion, Turned

VOLUME, PLACED = "parcels", "score"
FIGURES = {each.name.value: each for each in MAPPED}


class MapColumn(StrEnum):
    """A column of the map's table, by which its rows can stand."""

    PROVINCE = "province"
    PARCELS = "parcels"
    FIGURE = "figure"
    INTERVAL = "interval"  # its low end


@dataclass(frozen=True, slots=True)
class AskedMap:
    """Which figure of which carrier (None: all of them) by province, for which period; and the table's order."""

    window: Window | None
    figure: str
    carrier: str | None
    column: MapColumn
    turned: bool

    @property
    def indicator(self) -> Indicator | None:
        """The indicator that is asked for; None for the volume and the score."""
        return FIGURES.get(self.figure)


async def _map(
    run: RunQuestion,
    codes: AskedCarriers,
    figure: Annotated[str, Query(max_length=32, description="parcels, score, or an indicator's name")] = PLACED,
    sort: Annotated[MapColumn | Literal[""], Query(description="the column by which the rows stand")] = "",
    turned: Turned = "",
) -> AskedMap:
    if figure not in {VOLUME, PLACED, *FIGURES}:
        allowed = (VOLUME, PLACED, *FIGURES)
        raise FigureUnknown(", ".join(allowed), asked=figure, allowed=allowed)
    if len(codes) > 1:
        raise CarriersMiscounted(f"`carrier=` {len(codes)} times: the map shows all carriers or one")
    return AskedMap(run.window, figure, codes[0] if codes else None, sort or MapColumn.PROVINCE, bool(turned))


MapQuestion = Annotated[AskedMap, Depends(_map)]
