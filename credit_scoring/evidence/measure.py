"""A measure (指标值): an indicator's value with its interval, or unknown and why."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from credit_scoring.evidence.evidence import CarrierEvidence, Count
from credit_scoring.evidence.indicators import Area, Direction, Indicator, IndicatorName, Kind, Needs
from credit_scoring.evidence.intervals import Interval, garwood, wilson
from credit_scoring.evidence.numbers import divide

MS_PER_HOUR = 3_600_000
RATING_UNIT = 400  # one rating of full weight: a weight of 100, four steps from one star to five


class Unknown(StrEnum):
    """Why a value is not known (未知原因)."""

    NO_PARCELS = "no_parcels"  # the carrier accepted nothing in this scope
    NOT_COVERED_BY_FEED = "not_covered_by_feed"  # the carrier's feed stops at acceptance
    NO_PROMISE = "no_promise"  # no parcel carries a promise for its pick-up
    NOTHING_DUE = "nothing_due"  # no parcel has come as far as this indicator looks
    NO_RECORDS = "no_records"  # nobody has recorded what this indicator looks at


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator's value; unknown has no number at all, only its reason.

    `numerator` and `denominator` hold the hidden parcels too, which count against the carrier. The interval is None
    for mean hours, which no scheme judges.
    """

    indicator: Indicator
    value: Decimal | None
    numerator: int | None
    denominator: int | None
    interval: Interval | None
    reason: Unknown | None

    @property
    def worse(self) -> Decimal | None:
        """The interval's end that speaks against the carrier."""
        if self.interval is None:
            return None
        return self.interval.low if self.indicator.direction is Direction.HIGHER else self.interval.high

    @property
    def better(self) -> Decimal | None:
        """The interval's end that speaks for the carrier."""
        if self.interval is None:
            return None
        return self.interval.high if self.indicator.direction is Direction.HIGHER else self.interval.low


def build_measure(indicator: Indicator, evidence: CarrierEvidence) -> Measure:
    """What the evidence says about one indicator."""
    count = _count(indicator, evidence)
    reason = _unknown(indicator, evidence, count)
    if reason is not None or count is None:
        return Measure(indicator, None, None, None, None, reason)
    value, interval = _value(indicator.kind, count)
    return Measure(indicator, value, count.numerator, count.denominator, interval, None)


def _count(indicator: Indicator, evidence: CarrierEvidence) -> Count | None:
    """The count as it is judged: with the hidden parcels where they speak, and over the parcels where events do.

    Events elsewhere, such as complaints, come over the parcels that were scanned: a hidden one thins out nothing.
    """
    if indicator.name is IndicatorName.COVERAGE:
        return None if evidence.expected is None else Count(evidence.parcels, evidence.expected)
    count = evidence.counts.get(indicator.name)
    if count is None:
        return None
    if indicator.kind is Kind.RARE_EVENT and indicator.area is not Area.PARCELS:
        return Count(count.numerator, evidence.own_parcels)
    if not indicator.counts_hidden:
        return count
    against = evidence.hidden if indicator.direction is Direction.LOWER else 0
    return Count(count.numerator + against, count.denominator + evidence.hidden)


def _value(kind: Kind, count: Count) -> tuple[Decimal, Interval | None]:
    value = divide(count.numerator, count.denominator)
    match kind:
        case Kind.PROPORTION:
            return value, wilson(count.numerator, count.denominator)
        case Kind.RARE_EVENT:
            return value, garwood(count.numerator, count.denominator)
        case Kind.RATING:
            return value, wilson(count.numerator, count.denominator, unit=RATING_UNIT)
        case Kind.REGISTER:
            return value, Interval(value, value)
        case Kind.MEAN_HOURS:
            return divide(value, MS_PER_HOUR), None


def _unknown(indicator: Indicator, evidence: CarrierEvidence, count: Count | None) -> Unknown | None:
    if indicator.needs is Needs.RECORDS or count is None:
        return None if count is not None and count.denominator else Unknown.NO_RECORDS
    if evidence.parcels == 0:
        return Unknown.NO_PARCELS
    if indicator.needs is Needs.JOURNEY and not evidence.covers_journey:
        return Unknown.NOT_COVERED_BY_FEED
    if indicator.needs is Needs.PICKUP_PROMISE and not evidence.covers_pickup:
        return Unknown.NO_PROMISE
    return Unknown.NOTHING_DUE if count.denominator == 0 else None
