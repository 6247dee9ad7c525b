"""The intervals, held against scipy's own statistics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2

from credit_scoring.evidence.intervals import garwood, wilson

CASES = [(0, 1), (1, 1), (0, 30), (1, 30), (15, 30), (29, 30), (30, 30), (1444, 1470), (3, 1_000_000)]


@pytest.mark.parametrize(("numerator", "denominator"), CASES)
def test_wilson_is_the_one_of_the_books(numerator: int, denominator: int) -> None:
    expected = binomtest(numerator, denominator).proportion_ci(0.95, method="wilson")
    assert wilson(numerator, denominator) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("numerator", "denominator"), CASES)
def test_garwood_is_the_exact_poisson_interval(numerator: int, denominator: int) -> None:
    low = chi2.ppf(0.025, 2 * numerator) / 2 if numerator else 0.0
    high = chi2.ppf(0.975, 2 * numerator + 2) / 2
    expected = (low / denominator, max(min(high / denominator, 1.0), numerator / denominator))
    assert garwood(numerator, denominator) == pytest.approx(expected, rel=1e-9)


def test_no_loss_among_thirty_parcels_still_allows_one_in_nine() -> None:
    assert garwood(0, 30).low == 0.0
    assert garwood(0, 30).high == pytest.approx(0.12296, abs=1e-5)


@given(st.integers(1, 10**9), st.data())
def test_an_interval_holds_its_value_and_stays_a_share(denominator: int, data: st.DataObject) -> None:
    numerator = data.draw(st.integers(0, denominator))
    for interval in (wilson(numerator, denominator), garwood(numerator, denominator)):
        assert 0 <= interval.low <= numerator / denominator <= interval.high <= 1
