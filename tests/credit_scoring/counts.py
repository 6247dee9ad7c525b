"""Evidence made by hand (手工依据), and how Hypothesis draws it."""

from hypothesis import strategies as st

from credit_scoring.evidence.evidence import CarrierEvidence, Count
from credit_scoring.evidence.indicators import Direction, IndicatorName, indicator_of
from credit_scoring.evidence.subject import carrier

PARCELS = 100_000


def evidence(
    code: str = "BLUEBIRD", *, parcels: int = 1000, on_the_way: int | None = None, **counts: tuple[int, int]
) -> CarrierEvidence:
    """A carrier that did everything right, but for the counts that are given."""
    plain = {name: Count(*_best(name, parcels)) for name in IndicatorName}
    given = {IndicatorName(name): Count(*pair) for name, pair in counts.items()}
    return CarrierEvidence(carrier(code), parcels, parcels if on_the_way is None else on_the_way, {**plain, **given})


def _best(name: IndicatorName, parcels: int) -> tuple[int, int]:
    return (parcels, parcels) if indicator_of(name).direction is Direction.HIGHER else (0, parcels)


@st.composite
def some_evidence(draw: st.DrawFn, code: str = "BLUEBIRD") -> CarrierEvidence:
    """Any evidence that can be, the thin and the partly unknown among them."""
    parcels = draw(st.integers(0, 60) | st.integers(0, PARCELS))
    counts = {}
    for name in IndicatorName:
        denominator = draw(st.sampled_from([0, parcels]) | st.integers(0, parcels))
        counts[name] = Count(draw(st.integers(0, denominator)), denominator)
    on_the_way = draw(st.sampled_from([0, parcels]) | st.integers(0, parcels))
    return CarrierEvidence(carrier(code), parcels, on_the_way, counts)


@st.composite
def some_carriers(draw: st.DrawFn) -> list[CarrierEvidence]:
    """Evidence of up to eight carriers, some of them equal but for the name."""
    drawn = draw(st.lists(some_evidence(), max_size=8))
    twice = [*drawn, *draw(st.lists(st.sampled_from(drawn), max_size=3))] if drawn else []
    return [
        CarrierEvidence(carrier(f"C{number:02}"), each.parcels, each.on_the_way, each.counts)
        for number, each in enumerate(twice)
    ]
