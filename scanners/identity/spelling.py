"""Spelling (书写): what an input method did to a number or a name is undone where harmless, else refused."""

import re
import unicodedata

# Full-width forms of ASCII (U+FF01 to U+FF5E) and their blank: the same characters, wider.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_BLANKS = dict.fromkeys(map(ord, " \t\u00a0\u2002\u2003\u2009\u200b\u202f\u3000\ufeff"))
_DOTS = str.maketrans(dict.fromkeys("•‧∙・･．。⋅", "·"))
_HAN = (0x4E00, 0x9FFF)
_EAST_ASIAN = 0x2E80  # names above it are written without blanks, or with blanks that mean nothing
_IN_NAMES = frozenset(" ·.,'’-()（）")
_IN_ORGANISATIONS = _IN_NAMES | frozenset("&/+:《》、“”—")
MAX_NAME, MAX_ADDRESS = 120, 300
MIN_ADDRESS = 4  # characters; fewer name no place that a courier finds
_EXTENSION = re.compile(r" *(转|[-#,*]) *[0-9]{1,6}$")
_BETWEEN = re.compile(r"[() -]")
_PHONE = re.compile(
    r"((\+|00)?86)?1[3-9][0-9]{9}"  # a mobile of this country
    r"|(0|(\+|00)860?)[1-9][0-9]{1,2}[2-8][0-9]{6,7}"  # a landline behind its area code
    r"|[48]00[0-9]{7}"
    r"|(\+|00)(?!86)[1-9][0-9]{6,14}"  # E.164
)


class Lookalike(ValueError):
    """A character that only looks like a digit or a letter of the document."""


def read_number(text: str) -> str:
    """A number as its document prints it: half-width, without blanks, upper case. Raises Lookalike.

    Chinese characters stay (军字第…号). Other letters and digits than ASCII's are never turned into ASCII's: a Cyrillic
    Х or a Roman Ⅹ is no X, and who typed it may know that.
    """
    number = text.translate(_HALF_WIDTH).translate(_BLANKS)
    if any(not (char.isascii() or _HAN[0] <= ord(char) <= _HAN[1]) for char in number):
        raise Lookalike
    return number.upper()


def is_name(text: str, *, of_organisation: bool = False) -> bool:
    """Whether a name is made of what documents print: letters of any script and few marks, no mark-up, no control."""
    others = _IN_ORGANISATIONS if of_organisation else _IN_NAMES
    name = unicodedata.normalize("NFKC", text).translate(_DOTS).strip()
    kinds = {unicodedata.category(char)[0] for char in name if char not in others}
    return 0 < len(name) <= MAX_NAME and "L" in kinds and kinds <= ({"L", "M", "N"} if of_organisation else {"L", "M"})


def is_phone(text: str) -> bool:
    """Whether a telephone number may be one: a mobile, a landline with its area code, 400, international.

    Brackets, blanks and hyphens may stand in it, and an extension (转) behind it.
    """
    typed = text.translate(_HALF_WIDTH).strip()
    return any(_PHONE.fullmatch(_BETWEEN.sub("", each)) for each in (typed, _EXTENSION.sub("", typed)))


def is_address(text: str) -> bool:
    """Whether an address is text of a sensible length, without control characters. What it says is not judged."""
    return len(text) <= MAX_ADDRESS and all(unicodedata.category(char)[0] != "C" for char in text)


def is_same_name(one: str, other: str) -> bool:
    """Whether two spellings name the same: width, case, blanks, the middle dot and the order of Latin parts aside."""
    return _comparable(one) == _comparable(other)


def _comparable(text: str) -> str | tuple[str, ...]:
    name = unicodedata.normalize("NFKC", text).translate(_DOTS).casefold()
    if any(ord(char) >= _EAST_ASIAN for char in name):
        return "".join(name.split())
    return tuple(sorted(name.replace(",", " ").split()))
