"""The receipt number (投诉受理编号): day, seven letters by chance, one that checks the others: TS20261018-7K4M-2QXD."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31, a prime, without those that look alike
CHANCE = 7
_SHAPE = re.compile(rf"TS([0-9]{{8}})([{LETTERS}]{{{CHANCE + 1}}})")
Chance = Callable[[int], int]  # a number from 0 up to, and without, the one given


def make_receipt_no(day: date, chance: Chance) -> str:
    """A new number; nobody guesses which others there are."""
    drawn = "".join(LETTERS[chance(len(LETTERS))] for _ in range(CHANCE))
    return _write(f"{day:%Y%m%d}", drawn + _check(f"{day:%Y%m%d}" + drawn))


def parse_receipt_no(text: str) -> str | None:
    """A number as somebody typed it, blanks, hyphens and full-width letters as they come; None where it is none."""
    plain = unicodedata.normalize("NFKC", text[:60]).upper()
    found = _SHAPE.fullmatch("".join(letter for letter in plain if letter.isalnum()))
    if found is None or _check(found[1] + found[2][:CHANCE]) != found[2][-1]:
        return None
    return _write(found[1], found[2])


def _write(day: str, letters: str) -> str:
    return f"TS{day}-{letters[:4]}-{letters[4:]}"


def _check(text: str) -> str:
    """A weighted sum modulo 31: one wrong letter, or two in each other's place, are seen."""
    values = [LETTERS.index(letter) if letter in LETTERS else 23 + int(letter) for letter in text]
    return LETTERS[sum(place * value for place, value in enumerate(values, start=2)) % len(LETTERS)]
