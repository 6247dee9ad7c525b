"""The indicators (评价指标): what is counted about a carrier, and what is better."""

from dataclasses import dataclass
from enum import StrEnum


class IndicatorName(StrEnum):
    """An indicator's stable name."""

    DELIVERED_IN_TIME = "delivered_in_time"
    PICKED_UP_IN_TIME = "picked_up_in_time"
    TRACE_COMPLETE = "trace_complete"
    LOSS = "loss"
    DAMAGE = "damage"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher_is_better"
    LOWER = "lower_is_better"


class Kind(StrEnum):
    """Which interval a value carries, at 95 %."""

    PROPORTION = "proportion"  # Wilson
    RARE_EVENT = "rare_event"  # exact Poisson (Garwood)


class Needs(StrEnum):
    """What a carrier's feed must tell for the indicator to be known."""

    JOURNEY = "journey"  # scans after acceptance
    PICKUP_PROMISE = "pickup_promise"  # when a pick-up was promised


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: a share of parcels."""

    name: IndicatorName
    direction: Direction
    kind: Kind
    needs: Needs
    title_zh: str
    title_en: str


def _proportion(name: IndicatorName, needs: Needs, zh: str, en: str) -> Indicator:
    return Indicator(name, Direction.HIGHER, Kind.PROPORTION, needs, zh, en)


def _rare_event(name: IndicatorName, zh: str, en: str) -> Indicator:
    return Indicator(name, Direction.LOWER, Kind.RARE_EVENT, Needs.JOURNEY, zh, en)


INDICATORS: tuple[Indicator, ...] = (
    # of the delivered and the overdue parcels, those delivered by the promise, or 72 h after acceptance
    _proportion(IndicatorName.DELIVERED_IN_TIME, Needs.JOURNEY, "按时妥投率", "Delivered in time"),
    # of the parcels with a promised pick-up, those accepted by then
    _proportion(IndicatorName.PICKED_UP_IN_TIME, Needs.PICKUP_PROMISE, "按时揽收率", "Picked up in time"),
    # of the parcels whose way has ended, or that were lost, those without a gap in their trace
    _proportion(IndicatorName.TRACE_COMPLETE, Needs.JOURNEY, "轨迹完整率", "Trace complete"),
    # of all parcels, those lost or destroyed
    _rare_event(IndicatorName.LOSS, "丢失率", "Lost"),
    # of all parcels, those reported damaged
    _rare_event(IndicatorName.DAMAGE, "损毁率", "Damaged"),
)
_BY_NAME = {indicator.name: indicator for indicator in INDICATORS}


def indicator_of(name: IndicatorName) -> Indicator:
    """The indicator with this name."""
    return _BY_NAME[name]
