"""What is asked of saved runs (历次考核的问法): carriers, a rhythm, a period; parsed once, here."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query

from credit_scoring.evidence.window import Window
from credit_scoring.scoring.rhythm import Rhythm
from tracker.wire.divisions import Division
from tracker.working_days import local_day_of
from web.context import Asking
from web.errors import CarriersMiscounted
from web.paths import parse_code, parse_division

IN_A_TREND = 6
COMPARED = (2, 4)  # at least, at most
Carriers = tuple[str, ...]
Division_ = Annotated[str | None, Query(description="GB/T 2260 code of 6 digits; empty: nationwide")]


@dataclass(frozen=True, slots=True)
class AskedTrend:
    """Whose trend over which windows; no carriers: those placed first in the newest run."""

    carriers: Carriers
    rhythm: Rhythm
    count: int
    division: Division | None
    scheme: str | None

    @property
    def area(self) -> str | None:
        """The division's code."""
        return self.division.code if self.division else None


@dataclass(frozen=True, slots=True)
class AskedRun:
    """A period (None: the latest that was judged) in a division (None: nationwide)."""

    window: Window | None
    division: Division | None

    @property
    def area(self) -> str | None:
        """The division's code."""
        return self.division.code if self.division else None


async def _carriers(
    carrier: Annotated[list[str] | None, Query(description="carrier codes (企业代码), each as `carrier=`")] = None,
) -> Carriers:
    """Each once, in the order asked; what a form left empty is left out."""
    return tuple(dict.fromkeys(parse_code(code) for code in carrier or () if code))


AskedCarriers = Annotated[Carriers, Depends(_carriers)]


async def _trend(
    carriers: AskedCarriers,
    rhythm: Annotated[Rhythm, Query(description="how long the windows are, and how far apart")] = Rhythm.MONTHS,
    count: Annotated[int, Query(ge=2, le=36, description="how many windows")] = 12,
    division: Division_ = None,
    scheme: Annotated[str | None, Query(max_length=32, description="a scheme's version; empty: the newest run")] = None,
) -> AskedTrend:
    if len(carriers) > IN_A_TREND:
        raise CarriersMiscounted(f"`carrier=` {len(carriers)} times: a trend shows at most {IN_A_TREND} carriers")
    return AskedTrend(carriers, rhythm, count, parse_division(division) if division else None, scheme or None)


async def _run(
    asking: Asking,
    from_: Annotated[str | None, Query(alias="from", description="first local day, YYYY-MM-DD")] = None,
    to: Annotated[str | None, Query(description="local day after the last, YYYY-MM-DD")] = None,
    division: Division_ = None,
) -> AskedRun:
    window = Window.parse(from_ or None, to or None, today=local_day_of(asking.now)) if from_ or to else None
    return AskedRun(window, parse_division(division) if division else None)


async def _compared(carriers: AskedCarriers) -> Carriers:
    """As many as can stand beside each other, or fewer: then there is something to choose yet."""
    if len(carriers) > COMPARED[1]:
        raise CarriersMiscounted(
            f"`carrier=` {len(carriers)} times: at most {COMPARED[1]} carriers stand beside each other"
        )
    return carriers


TrendQuestion = Annotated[AskedTrend, Depends(_trend)]
RunQuestion = Annotated[AskedRun, Depends(_run)]
ComparedCarriers = Annotated[Carriers, Depends(_compared)]
Turned = Annotated[Literal["", "1"], Query(description="1: the other way round")]
