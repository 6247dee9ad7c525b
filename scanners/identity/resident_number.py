"""The resident number (公民身份号码, GB 11643): check digit, birth date, and the division that gave it."""

from datetime import date
from functools import cache

from stdnum import numdb
from stdnum.cn import ric

LENGTH = 18
EARLIEST_BIRTH = date(1900, 1, 1)


def birth_in(number: str) -> date | None:
    """The birth date in 18 characters; None for a day that does not exist, 29 February among them."""
    try:
        return ric.get_birth_date(number)
    except ric.InvalidComponent:
        return None


def is_checked(number: str) -> bool:
    """Whether the last of 18 characters is the check character of the others."""
    return number[-1] == ric.calc_check_digit(number)


def was_division(code: str, first_year: int, last_year: int) -> bool | None:
    """Whether a division code was in use at some time in these years; None for a code that no table has.

    A number keeps its code for life: one that has retired since is as good as ever.
    """
    periods = _periods_of(code)
    if not periods:
        return None
    return any(start <= last_year and first_year <= end for start, end in periods)


@cache
def _periods_of(code: str) -> tuple[tuple[int, int], ...]:
    """The years, first and last, in which GB/T 2260 had the code, as python-stdnum's table tells them."""
    told = [facts["county"] for _, facts in numdb.get("cn/loc").info(code) if "county" in facts]
    return tuple(_parse_period(each) for facts in told for each in facts.split(","))


def _parse_period(text: str) -> tuple[int, int]:
    if not text.startswith("["):
        return (0, 9999)
    start, _, end = text[1:].partition("]")[0].partition("-")
    return (int(start or 0), int(end or 9999))
