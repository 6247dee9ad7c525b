"""Evidence made by hand (手工依据), how Hypothesis draws it, and a scheme of five rules to judge it by."""

from pathlib import Path

from hypothesis import strategies as st

from credit_scoring.evidence.catalogue import INDICATORS, indicator_of
from credit_scoring.evidence.evidence import CarrierEvidence, Count
from credit_scoring.evidence.indicators import Area, Direction, IndicatorName, Kind
from credit_scoring.evidence.subject import carrier
from credit_scoring.scheme.policy import parse_scheme

PARCELS = 100_000
FIVE_RULES = (Path(__file__).parent / "five-rules.toml").read_bytes()
SCHEME = parse_scheme(FIVE_RULES)
OF_PARCELS = [each for each in INDICATORS if each.area is Area.PARCELS and each.name is not IndicatorName.COVERAGE]
ELSEWHERE = [each for each in INDICATORS if each.area is not Area.PARCELS]


def evidence(
    code: str = "BLUEBIRD",
    *,
    parcels: int = 1000,
    own_parcels: int | None = None,
    on_the_way: int | None = None,
    expected: int | None = None,
    **counts: tuple[int, int],
) -> CarrierEvidence:
    """A carrier that did everything right with its parcels, but for the counts that are given."""
    plain = {each.name: Count(*_best(each.name, parcels)) for each in OF_PARCELS}
    given = {IndicatorName(name): Count(*pair) for name, pair in counts.items()}
    moving = parcels if on_the_way is None else on_the_way
    own = parcels if own_parcels is None else own_parcels
    return CarrierEvidence(carrier(code), parcels, own, moving, expected, {**plain, **given})


def _best(name: IndicatorName, parcels: int) -> tuple[int, int]:
    return (parcels, parcels) if indicator_of(name).direction is Direction.HIGHER else (0, parcels)


@st.composite
def some_evidence(draw: st.DrawFn, code: str = "BLUEBIRD") -> CarrierEvidence:
    """Any evidence that can be, the thin and the partly unknown among them."""
    parcels = draw(st.integers(0, 60) | st.integers(0, PARCELS))
    counts = {}
    for each in OF_PARCELS:
        denominator = draw(st.sampled_from([0, parcels]) | st.integers(0, parcels))
        most = denominator if each.kind is not Kind.MEAN_HOURS else denominator * 10**9
        counts[each.name] = Count(draw(st.integers(0, most)), denominator)
    for each in draw(st.sets(st.sampled_from(ELSEWHERE), max_size=4)):
        denominator = draw(st.integers(1, 500))
        counts[each.name] = Count(draw(st.integers(0, denominator)), denominator)
    on_the_way = draw(st.sampled_from([0, parcels]) | st.integers(0, parcels))
    expected = draw(st.none() | st.integers(parcels, parcels + 50))
    return CarrierEvidence(carrier(code), parcels, draw(st.integers(0, parcels)), on_the_way, expected, counts)


@st.composite
def some_carriers(draw: st.DrawFn) -> list[CarrierEvidence]:
    """Evidence of up to eight carriers, some of them equal but for the name."""
    drawn = draw(st.lists(some_evidence(), max_size=8))
    twice = [*drawn, *draw(st.lists(st.sampled_from(drawn), max_size=3))] if drawn else []
    return [renamed(each, f"C{number:02}") for number, each in enumerate(twice)]


def renamed(each: CarrierEvidence, code: str) -> CarrierEvidence:
    """The same evidence about another carrier."""
    return CarrierEvidence(carrier(code), each.parcels, each.own_parcels, each.on_the_way, each.expected, each.counts)
