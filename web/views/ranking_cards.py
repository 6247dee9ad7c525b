"""The ranking's cards (合计): the indicators that are asked for first, over all carriers together."""

from dataclasses import dataclass

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.evidence import Count
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.measure import Measure
from credit_scoring.evidence.numbers import divide
from credit_scoring.scoring.score import Score
from web.runs.assessed import Assessed, standings_of
from web.views.figures import NONE, indicator_title, write_value
from web.words import Words, write_number

HEADLINES = (
    IndicatorName.DELIVERED_IN_TIME,
    IndicatorName.PICKED_UP_IN_TIME,
    IndicatorName.TRACE_COMPLETE,
    IndicatorName.REAL_NAME,
    IndicatorName.LOSS,
)


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator over all carriers together."""

    title: str
    value: str
    counts: str


def build_cards(words: Words, assessed: Assessed) -> tuple[Card, ...]:
    """The indicators that are asked for first, each over all carriers whose feed covers it."""
    scores = [row.score for row in standings_of(assessed.assessment)]
    cards = []
    for indicator in map(indicator_of, HEADLINES):
        measures = [_measure_of(score, indicator.name) for score in scores]
        pooled = _pool(measures)
        known = divide(pooled.numerator, pooled.denominator) if pooled.denominator else None
        value = NONE if known is None else write_value(words, indicator.unit, known)
        counts = f"{write_number(pooled.numerator)} / {write_number(pooled.denominator)}"
        cards.append(Card(indicator_title(words, indicator), value, counts if pooled.denominator else NONE))
    return tuple(cards)


def _measure_of(score: Score, name: IndicatorName) -> Measure:
    return next(measure for measure in score.measures if measure.indicator.name is name)


def _pool(measures: list[Measure]) -> Count:
    known = [measure for measure in measures if measure.reason is None]
    return Count(sum(each.numerator or 0 for each in known), sum(each.denominator or 0 for each in known))
