"""Personal numbers (个人号码): a document's or a telephone's number where a parcel's belongs would be in the trace for
ever, under a signature. What can be told apart is taken for no waybill."""

import re
import unicodedata
from collections.abc import Iterable

from scanners.identity.resident_number import LENGTH, birth_in, is_checked, was_division

_MOBILE = re.compile("(?:86|0086)?1[3-9][0-9]{9}")
_SHORTEST = 5  # of a passport's number; what is shorter names nobody


def is_resident_number(code: str) -> bool:
    """Whether a code is a resident number: its check character, a day, and a division that there was.

    Of random numbers of 18 digits some two in ten million are.
    """
    number = code.upper()
    if len(number) != LENGTH or not (number.isascii() and number[:-1].isdigit()) or not is_checked(number):
        return False
    return birth_in(number) is not None and was_division(number[:6], 0, 9999) is not None


def is_mobile_number(code: str) -> bool:
    """Whether a code is a mobile telephone's number of the mainland, with or without its country's code."""
    return _MOBILE.fullmatch(code) is not None


def is_among(code: str, told: Iterable[str]) -> bool:
    """Whether a code is one of the numbers that were told beside it, however either is spelled."""
    number = _bare(code)
    return len(number) >= _SHORTEST and any(number in (_bare(each), "86" + _bare(each)) for each in told)


def _bare(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum()).upper()
