"""A measure (指标值): an indicator's value with its interval, or unknown and why."""

from dataclasses import dataclass
from enum import StrEnum

from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.indicators import Direction, Indicator, Kind, Needs
from credit_scoring.evidence.intervals import Interval, garwood, wilson


class Unknown(StrEnum):
    """Why a value is not known (未知原因)."""

    NO_PARCELS = "no_parcels"  # the carrier accepted nothing in this scope
    NOT_COVERED_BY_FEED = "not_covered_by_feed"  # the carrier's feed stops at acceptance
    NO_PROMISE = "no_promise"  # no parcel carries a promise for its pick-up
    NOTHING_DUE = "nothing_due"  # no parcel has come as far as this indicator looks


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator's value; unknown has no number at all, only its reason."""

    indicator: Indicator
    value: float | None
    numerator: int | None
    denominator: int | None
    interval: Interval | None
    reason: Unknown | None

    @property
    def worse(self) -> float | None:
        """The interval's end that speaks against the carrier."""
        if self.interval is None:
            return None
        return self.interval.low if self.indicator.direction is Direction.HIGHER else self.interval.high

    @property
    def better(self) -> float | None:
        """The interval's end that speaks for the carrier."""
        if self.interval is None:
            return None
        return self.interval.high if self.indicator.direction is Direction.HIGHER else self.interval.low


def build_measure(indicator: Indicator, evidence: CarrierEvidence) -> Measure:
    """What the evidence says about one indicator."""
    reason = _unknown(indicator, evidence)
    if reason is not None:
        return Measure(indicator, None, None, None, None, reason)
    count = evidence.counts[indicator.name]
    interval = wilson if indicator.kind is Kind.PROPORTION else garwood
    value = count.numerator / count.denominator
    bounds = interval(count.numerator, count.denominator)
    return Measure(indicator, value, count.numerator, count.denominator, bounds, None)


def _unknown(indicator: Indicator, evidence: CarrierEvidence) -> Unknown | None:
    if evidence.parcels == 0:
        return Unknown.NO_PARCELS
    if indicator.needs is Needs.JOURNEY and not evidence.covers_journey:
        return Unknown.NOT_COVERED_BY_FEED
    if indicator.needs is Needs.PICKUP_PROMISE and not evidence.covers_pickup:
        return Unknown.NO_PROMISE
    return Unknown.NOTHING_DUE if evidence.counts[indicator.name].denominator == 0 else None
