"""The numbers (数值): exact integers in, decimals of 34 digits out, the same on every machine.

No float takes part in a score: its last digit would depend on the machine's libraries. Rounding is half to even
(IEEE 754-2008, decimal128).
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal

CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999)
ZERO, ONE = Decimal(0), Decimal(1)


def divide(numerator: int | Decimal, denominator: int | Decimal) -> Decimal:
    """The quotient, to 34 digits; raises decimal.DivisionByZero or decimal.InvalidOperation for a denominator of 0."""
    return CONTEXT.divide(numerator, denominator)


def multiply(one: int | Decimal, other: int | Decimal) -> Decimal:
    """The product, to 34 digits."""
    return CONTEXT.multiply(one, other)


def add(*terms: int | Decimal) -> Decimal:
    """The sum from left to right, to 34 digits."""
    total = ZERO
    for term in terms:
        total = CONTEXT.add(total, term)
    return total


def subtract(one: int | Decimal, other: int | Decimal) -> Decimal:
    """The difference, to 34 digits."""
    return CONTEXT.subtract(one, other)


def rounded(value: Decimal, places: int) -> Decimal:
    """The value with so many decimal places, half to even; never a negative nought."""
    result = CONTEXT.quantize(value, ONE.scaleb(-places))
    return abs(result) if result.is_zero() else result
