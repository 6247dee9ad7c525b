"""The intervals (置信区间) at 95 %: how far a counted share may be from the true one."""

from math import sqrt
from typing import NamedTuple

from scipy.special import gammaincinv, ndtri

LEVEL = 0.95
_TAIL = (1 - LEVEL) / 2
_Z = float(ndtri(1 - _TAIL))


class Interval(NamedTuple):
    """From `low` to `high`, both within."""

    low: float
    high: float


def wilson(numerator: int, denominator: int) -> Interval:
    """Wilson's score interval of a proportion (E. B. Wilson, 1927); the denominator must not be 0."""
    share, z2 = numerator / denominator, _Z * _Z
    centre = (numerator + z2 / 2) / (denominator + z2)
    spread = _Z / (denominator + z2) * sqrt(numerator * (1 - share) + z2 / 4)
    return _around(share, centre - spread, centre + spread)


def garwood(numerator: int, denominator: int) -> Interval:
    """The exact Poisson interval of a rare event's rate (F. Garwood, 1936); the denominator must not be 0.

    A rate is a share of parcels, so the upper end stops at 1.
    """
    low = float(gammaincinv(numerator, _TAIL)) if numerator else 0.0
    high = float(gammaincinv(numerator + 1, 1 - _TAIL))
    return _around(numerator / denominator, low / denominator, high / denominator)


def _around(share: float, low: float, high: float) -> Interval:
    """The interval inside 0 to 1, which rounding must not push past the share itself."""
    return Interval(min(share, max(0.0, low)), max(share, min(1.0, high)))
