"""The intervals, held against scipy's own statistics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2

from credit_scoring.evidence.intervals import garwood, normal_quantile, wilson
from credit_scoring.evidence.numbers import divide

CASES = [(0, 1), (1, 1), (0, 30), (1, 30), (15, 30), (29, 30), (30, 30), (1444, 1470), (3, 1_000_000)]


@pytest.mark.parametrize(("numerator", "denominator"), CASES)
def test_wilson_is_the_one_of_the_books(numerator: int, denominator: int) -> None:
    expected = binomtest(numerator, denominator).proportion_ci(0.95, method="wilson")
    assert tuple(map(float, wilson(numerator, denominator))) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("numerator", "denominator"), CASES)
def test_garwood_is_the_exact_poisson_interval(numerator: int, denominator: int) -> None:
    low = chi2.ppf(0.025, 2 * numerator) / 2 if numerator else 0.0
    high = chi2.ppf(0.975, 2 * numerator + 2) / 2
    expected = (low / denominator, max(min(high / denominator, 1.0), numerator / denominator))
    assert tuple(map(float, garwood(numerator, denominator))) == pytest.approx(expected, rel=1e-9)


def test_no_loss_among_thirty_parcels_still_allows_one_in_nine() -> None:
    assert garwood(0, 30).low == 0
    assert float(garwood(0, 30).high) == pytest.approx(0.12296, abs=1e-5)


@given(st.integers(1, 10**5), st.data())
def test_an_interval_holds_its_value_and_stays_a_share(denominator: int, data: st.DataObject) -> None:
    numerator = data.draw(st.integers(0, denominator))
    for interval in (wilson(numerator, denominator), garwood(numerator, denominator)):
        assert 0 <= interval.low <= divide(numerator, denominator) <= interval.high <= 1


def test_the_normal_quantile_is_the_one_of_the_tables() -> None:
    """To 24 digits: 1.959963984540054235524594 (OEIS A220510)."""
    assert str(normal_quantile()).startswith("1.959963984540054235524594")
