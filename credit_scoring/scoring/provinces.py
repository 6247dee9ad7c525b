"""The picture by province (分省情况): what the run of each province says of one figure, or why it says nothing.

Carriers are put together only where that means something: counts are added and the interval is that of the sums, so
that each carrier weighs what it carried. There is no score of a province: it shows the carrier that is placed first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from credit_scoring.evidence.catalogue import INDICATORS
from credit_scoring.evidence.indicators import Indicator, Kind
from credit_scoring.evidence.intervals import garwood, wilson
from credit_scoring.evidence.measure import Measure
from credit_scoring.evidence.numbers import divide
from credit_scoring.scoring.ranking import UnrankedReason
from credit_scoring.scoring.run_results import Place, Result, RunHead, RunResults

MAPPED = tuple(each for each in INDICATORS if each.kind in (Kind.PROPORTION, Kind.RARE_EVENT))


class Missing(StrEnum):
    """Why a province has no figure (无数据原因)."""

    NO_RUN = "no_run"  # nobody judged it for this period
    NOT_IN_RUN = "not_in_run"  # the carrier has nothing there
    TOO_FEW_PARCELS = "too_few_parcels"  # fewer than the scheme's minimum
    UNKNOWN = "unknown"  # nothing is known of this figure


@dataclass(frozen=True, slots=True)
class ProvinceFigure:
    """One province: its run, the parcels of those asked about, and the figure: a place, a measure or the parcels.

    `carrier` is whose it is; None where several were put together. `sample` is how many parcels a place rests on.
    """

    code: str
    run: RunHead | None
    parcels: int | None
    missing: Missing | None = None
    carrier: str | None = None
    place: Place | None = None
    sample: int | None = None
    measure: Measure | None = None


def volume_of(code: str, told: RunResults | None, carrier: str | None) -> ProvinceFigure:
    """How many parcels were accepted, by everybody or by one carrier."""
    mine = _results(told, carrier)
    return _begin(code, told, mine)


def score_of(code: str, told: RunResults | None, carrier: str | None) -> ProvinceFigure:
    """A carrier's place, or that of the carrier placed first."""
    mine = _results(told, carrier)
    begun = _begin(code, told, mine)
    if begun.missing is not None:
        return begun
    placed = next((result for result in mine if result.place is not None), None)
    if placed is None:
        few = any(result.reason is UnrankedReason.TOO_FEW_PARCELS for result in mine)
        return _missing(begun, Missing.TOO_FEW_PARCELS if few else Missing.UNKNOWN)
    return replace(begun, carrier=placed.carrier, place=placed.place, sample=placed.parcels)


def measure_of(
    code: str, told: RunResults | None, carrier: str | None, *, indicator: Indicator, minimum: int
) -> ProvinceFigure:
    """An indicator of MAPPED, of everybody together or of one carrier; not of fewer parcels than `minimum`."""
    mine = _results(told, carrier)
    begun = _begin(code, told, mine)
    if begun.missing is not None:
        return begun
    if begun.parcels is None or begun.parcels < minimum:
        return _missing(begun, Missing.TOO_FEW_PARCELS)
    counts = [result.counts[indicator.name] for result in mine if indicator.name in result.counts]
    numerator, denominator = sum(each.numerator for each in counts), sum(each.denominator for each in counts)
    if not denominator:
        return _missing(begun, Missing.UNKNOWN)
    interval = (wilson if indicator.kind is Kind.PROPORTION else garwood)(numerator, denominator)
    measure = Measure(indicator, divide(numerator, denominator), numerator, denominator, interval, None)
    return replace(begun, carrier=carrier, measure=measure)


def carriers_in(told: Iterable[RunResults]) -> list[str]:
    """Every carrier in any of these runs, by code."""
    return sorted({carrier for each in told for carrier in each.results})


def _results(told: RunResults | None, carrier: str | None) -> list[Result]:
    """Those with a place in order, then the others; of one carrier where named."""
    results: Mapping[str, Result] = told.results if told is not None else {}
    if carrier is None:
        return list(results.values())
    return [results[carrier]] if carrier in results else []


def _begin(code: str, told: RunResults | None, mine: list[Result]) -> ProvinceFigure:
    if told is None:
        return ProvinceFigure(code, None, None, missing=Missing.NO_RUN)
    if not mine:
        return ProvinceFigure(code, told.run, 0, missing=Missing.NOT_IN_RUN)
    return ProvinceFigure(code, told.run, sum(result.parcels for result in mine))


def _missing(begun: ProvinceFigure, why: Missing) -> ProvinceFigure:
    return replace(begun, missing=why)
