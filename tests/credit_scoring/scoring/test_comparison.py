"""The comparison: better is said only where intervals do not meet, and of the unknown nothing is."""

from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.evidence.indicators import Direction
from credit_scoring.evidence.intervals import Interval
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.comparison import SCORE, compare, compare_standings
from tests.credit_scoring.counts import SCHEME, evidence
from tests.credit_scoring.rows import AS_OF, WINDOW

ends = st.integers(0, 30).map(Decimal)
intervals = st.none() | st.tuples(ends, ends).map(lambda pair: Interval(min(pair), max(pair)))


def between(low: int, high: int) -> Interval:
    return Interval(Decimal(low), Decimal(high))


def test_who_lies_above_is_ahead_and_who_meets_is_not() -> None:
    told = compare({"A": between(80, 90), "B": between(70, 80), "C": between(10, 79), "D": None})
    assert told.known == ("A", "B", "C")
    assert told.ahead == (("A", ("C",)),)
    assert told.alike == (("A", "B"), ("B", "C"))


def test_where_less_is_better_who_lies_below_is_ahead() -> None:
    told = compare({"A": between(5, 9), "B": between(1, 2)}, Direction.LOWER)
    assert (told.ahead, told.alike) == ((("B", ("A",)),), ())


@given(st.lists(intervals, max_size=4), st.sampled_from(Direction))
def test_every_pair_that_is_known_is_told_apart_or_is_alike(drawn: list[Interval | None], way: Direction) -> None:
    told = dict(zip("ABCD", drawn, strict=False))
    compared = compare(told, way)
    known = {code: interval for code, interval in told.items() if interval is not None}
    apart = {frozenset((code, each)) for code, of in compared.ahead for each in of}
    alike = {frozenset(pair) for pair in compared.alike}
    assert apart | alike == {frozenset(pair) for pair in combinations(known, 2)}
    assert not apart & alike
    for code, of in compared.ahead:
        for each in of:
            better, worse = (known[code], known[each]) if way is Direction.HIGHER else (known[each], known[code])
            assert better.low > worse.high


def test_without_a_place_a_score_is_not_compared_but_indicators_are() -> None:
    drawn = [evidence("GOOD"), evidence("BAD", damage=(900, 1000)), evidence("THIN", parcels=3)]
    one = build_assessment(drawn, scope=Scope(WINDOW, None, AS_OF), log=LogPoint(5, "ab" * 32), scheme=SCHEME)
    told = compare_standings([one.standing_of(code) for code in ("GOOD", "BAD", "THIN")])
    assert told[SCORE].known == ("GOOD", "BAD")
    assert told["damage"].ahead == (("GOOD", ("BAD",)),)  # three parcels say nothing of damage
    assert "THIN" in told["damage"].known
