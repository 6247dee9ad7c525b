"""The indicators (评价指标): what is asked about a carrier, from which records, and what is better.

The list itself, with each one's question and source, is credit_scoring.evidence.catalogue.
"""

from dataclasses import dataclass
from enum import StrEnum


class IndicatorName(StrEnum):
    """An indicator's stable name."""

    # licensing (许可管理)
    LICENCE_VALID = "licence_valid"
    OUTLETS_FILED = "outlets_filed"
    VOLUME_DECLARED = "volume_declared"
    COVERAGE = "coverage"
    # safety (寄递安全)
    REAL_NAME = "real_name"
    INSPECTION = "inspection"
    SCREENING = "screening"
    PROHIBITED_GOODS = "prohibited_goods"
    PENALTIES = "penalties"
    # service (服务质量)
    DELIVERED_IN_TIME = "delivered_in_time"
    WITHIN_24_HOURS = "within_24_hours"
    WITHIN_72_HOURS = "within_72_hours"
    PICKED_UP_IN_TIME = "picked_up_in_time"
    TRACE_COMPLETE = "trace_complete"
    SCANS_IN_TIME = "scans_in_time"
    LOSS = "loss"
    DAMAGE = "damage"
    WITHOUT_CONSENT = "without_consent"
    FULL_HOURS = "full_hours"
    ORIGIN_HOURS = "origin_hours"
    TRANSPORT_HOURS = "transport_hours"
    DESTINATION_HOURS = "destination_hours"
    DELIVERY_HOURS = "delivery_hours"
    COMPLAINTS = "complaints"
    EFFECTIVE_COMPLAINTS = "effective_complaints"
    ANSWERED_IN_7_DAYS = "answered_in_7_days"
    CONSUMER_OVERALL = "consumer_overall"
    CONSUMER_QUALITY = "consumer_quality"
    CONSUMER_REPUTATION = "consumer_reputation"
    CONSUMER_AFTER_SALES = "consumer_after_sales"
    MERCHANT_OVERALL = "merchant_overall"
    MERCHANT_QUALITY = "merchant_quality"
    MERCHANT_REPUTATION = "merchant_reputation"
    MERCHANT_AFTER_SALES = "merchant_after_sales"
    REGULATOR_OVERALL = "regulator_overall"
    REGULATOR_QUALITY = "regulator_quality"
    REGULATOR_REPUTATION = "regulator_reputation"
    REGULATOR_AFTER_SALES = "regulator_after_sales"
    # social duties (社会责任)
    COMMITMENTS_KEPT = "commitments_kept"
    HONOURS = "honours"
    MISCONDUCT = "misconduct"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher_is_better"
    LOWER = "lower_is_better"


class Kind(StrEnum):
    """What a count is, and which interval its value carries, at 95 %."""

    PROPORTION = "proportion"  # so many of so many: Wilson
    RARE_EVENT = "rare_event"  # events a parcel: exact Poisson (Garwood)
    RATING = "rating"  # stars 1 to 5 as a share of the way from 1 to 5, weighed in hundredths: Wilson
    REGISTER = "register"  # counted in a register that is whole: no chance in it, the interval is the value
    MEAN_HOURS = "mean_hours"  # a sum of milliseconds over parcels: information, without an interval and without points


class Unit(StrEnum):
    """In what a value is shown."""

    SHARE = "share"
    PER_MILLION = "per_million"
    STARS = "stars"
    COUNT = "count"
    HOURS = "hours"


class Area(StrEnum):
    """Whose records are counted."""

    PARCELS = "parcels"
    ARCHIVE = "archive"
    COMPLAINTS = "complaints"
    VOICES = "voices"


class Needs(StrEnum):
    """What must be there for the indicator to be known at all."""

    JOURNEY = "journey"  # scans after acceptance
    PICKUP_PROMISE = "pickup_promise"  # when a pick-up was promised
    PARCELS = "parcels"  # any parcel
    RECORDS = "records"  # records of its area


class Tag(StrEnum):
    """How far the rule behind an indicator can be trusted."""

    TEXT = "T"  # the text of the law or standard was read
    SECONDARY = "S"
    PROPOSAL = "P"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator; `question` says in a sentence what is counted, `citation` names the duty behind it."""

    name: IndicatorName
    area: Area
    kind: Kind
    direction: Direction
    needs: Needs
    unit: Unit
    title_zh: str
    title_en: str
    question_zh: str
    question_en: str
    citation: str
    tag: Tag

    @property
    def counts_hidden(self) -> bool:
        """Whether a parcel that was handed over and never scanned is counted against the carrier here.

        Every share of the carrier's own parcels does: so leaving a parcel out never looks better than scanning it.
        """
        return self.area is Area.PARCELS and self.kind in (Kind.PROPORTION, Kind.RARE_EVENT)

    @property
    def can_have_points(self) -> bool:
        """Whether a scheme may give it points: only what has an interval can be judged."""
        return self.kind is not Kind.MEAN_HOURS
