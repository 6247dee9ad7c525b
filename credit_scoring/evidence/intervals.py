"""The intervals (置信区间) at 95 %: how far a counted share may be from the true one, in decimals."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple

from credit_scoring.evidence.numbers import CONTEXT, ONE, ZERO, add, divide, multiply, subtract

TAIL = Decimal("0.025")
_ENOUGH = Decimal("1e-40")  # what a series' next term may still add, beside a sum of at least 1
_SHARP = Decimal("1e-24")  # how near a bisection comes, beside the number itself


class Interval(NamedTuple):
    """From `low` to `high`, both within."""

    low: Decimal
    high: Decimal


def wilson(numerator: int, denominator: int, *, unit: int = 1) -> Interval:
    """Wilson's score interval of a proportion (E. B. Wilson, 1927); the denominator must not be 0.

    `unit` is what one observation counts for in the denominator: 400 where a rating of four steps weighs 100.
    """
    share, sample = divide(numerator, denominator), divide(denominator, unit)
    z = normal_quantile()
    z2 = multiply(z, z)
    whole = add(sample, z2)
    centre = divide(add(multiply(share, sample), divide(z2, 2)), whole)
    inner = add(multiply(multiply(share, sample), subtract(ONE, share)), divide(z2, 4))
    spread = multiply(divide(z, whole), CONTEXT.sqrt(inner))
    return _around(share, subtract(centre, spread), add(centre, spread))


def garwood(numerator: int, denominator: int) -> Interval:
    """The exact Poisson interval of a rare event's rate (F. Garwood, 1936); the denominator must not be 0.

    A rate is a share of parcels, so the upper end stops at 1.
    """
    low, high = _poisson_bounds(numerator)
    return _around(divide(numerator, denominator), divide(low, denominator), divide(high, denominator))


@cache
def normal_quantile() -> Decimal:
    """The standard normal distribution's quantile for TAIL above it, by bisection: 1.9599…"""
    return _bisect(lambda z: _normal_tail(z) > TAIL, ONE, Decimal(3))


@lru_cache(maxsize=4096)
def _poisson_bounds(events: int) -> Interval:
    """The means under which so many events, or more (or fewer), have a chance of TAIL."""
    reach = 8 * (CONTEXT.to_integral_value(CONTEXT.sqrt(Decimal(events + 1))) + 2)
    low = _poisson_mean(events - 1, ONE - TAIL, max(ZERO, events - reach), Decimal(events)) if events else ZERO
    return Interval(low, _poisson_mean(events, TAIL, Decimal(events), events + reach))


def _poisson_mean(events: int, chance: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """The mean between two ends under which at most so many events have this chance.

    Bisection, and Newton's step instead where that stays between the ends: it needs a tenth of the rounds.
    """
    guess = divide(add(low, high), 2)
    while True:
        below, above = _poisson_weights(events, guess)
        whole = add(below, above)  # the inverse of the chance of exactly so many, which is the slope
        over = subtract(divide(below, whole), chance)
        low, high = (guess, high) if over > 0 else (low, guess)
        step = add(guess, multiply(over, whole))
        if not low < step < high:
            step = divide(add(low, high), 2)
        if abs(subtract(step, guess)) <= multiply(_SHARP, add(ONE, guess)):
            return step
        guess = step


def _bisect(is_below: Callable[[Decimal], bool], low: Decimal, high: Decimal) -> Decimal:
    """Where a condition that holds below and not above turns, between two ends."""
    while subtract(high, low) > multiply(_SHARP, add(ONE, high)):
        middle = divide(add(low, high), 2)
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return divide(add(low, high), 2)


def _poisson_weights(events: int, mean: Decimal) -> tuple[Decimal, Decimal]:
    """How much lies at most, and above, so many events, as shares of what lies at exactly so many.

    Neither a factorial nor an exponential is needed, and all terms are positive.
    """
    below, term, count = ONE, ONE, events
    while count and term > _ENOUGH:
        term, count = divide(multiply(term, count), mean), count - 1
        below = add(below, term)
    above, term, count = ZERO, ONE, events
    while term > _ENOUGH:
        count += 1
        term = divide(multiply(term, mean), count)
        above = add(above, term)
    return below, above


def _normal_tail(z: Decimal) -> Decimal:
    """The chance of more than z, for z > 0: one half less the series of the density's integral (Marsaglia, 2004)."""
    term = total = z
    odd = 1
    while term > _ENOUGH:
        odd += 2
        term = divide(multiply(term, multiply(z, z)), odd)
        total = add(total, term)
    density = divide(CONTEXT.exp(divide(multiply(z, z), -2)), CONTEXT.sqrt(multiply(2, _pi())))
    return subtract(divide(ONE, 2), multiply(density, total))


@cache
def _pi() -> Decimal:
    """π by Machin's formula."""
    return subtract(multiply(16, _arctan_of_inverse(5)), multiply(4, _arctan_of_inverse(239)))


def _arctan_of_inverse(number: int) -> Decimal:
    power = total = divide(ONE, number)
    odd, sign = 1, 1
    while power > _ENOUGH:
        odd, sign = odd + 2, -sign
        power = divide(power, number * number)
        total = add(total, multiply(sign, divide(power, odd)))
    return total


def _around(share: Decimal, low: Decimal, high: Decimal) -> Interval:
    """The interval inside 0 to 1, which rounding must not push past the share itself."""
    return Interval(min(share, max(ZERO, low)), max(share, min(ONE, high)))
