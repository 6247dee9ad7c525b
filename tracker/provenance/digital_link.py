"""GS1 Digital Link (商品数字链接): a product's key as a web address, `/01/{gtin}/10/{lot}/21/{serial}`.

Source: GS1 Digital Link Standard, URI Syntax 1.4: key qualifiers stand in the path, in this order, each at most once.
A consumer product variant (AI 22) is read past: it does not change which item is meant.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from biip.checksums import gs1_standard_check_digit


class ProductKeyCode(StrEnum):
    """Why a text is no product key; stable."""

    NOT_A_LINK = "not_a_link"  # not http(s), no host, or a character that no address may hold
    GTIN_MISSING = "gtin_missing"  # no /01/ in the path
    GTIN_FORM = "gtin_form"  # not 8, 12, 13 or 14 digits
    GTIN_CHECK_DIGIT = "gtin_check_digit"
    QUALIFIER_UNKNOWN = "qualifier_unknown"  # an AI other than 22, 10, 21 after the GTIN
    QUALIFIER_ORDER = "qualifier_order"  # not 22, 10, 21, or one of them twice
    QUALIFIER_IN_QUERY = "qualifier_in_query"  # a part of the key after the question mark
    VALUE_FORM = "value_form"  # not 1 to 20 characters of GS1's set 82


class ProductKeyError(ValueError):
    """The text names no product: whoever made the link must correct it."""

    def __init__(self, code: ProductKeyCode, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ProductKey:
    """Which product: GTIN of 14 digits, and as far as told its lot and serial."""

    gtin: str
    lot: str | None = None
    serial: str | None = None


_QUALIFIERS = ("22", "10", "21")
_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SET_82 = re.compile(r"[!\"%-?A-Z_a-z]{1,20}")


def parse_gtin(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits as 14 digits. Raises ProductKeyError."""
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", text) or not text.strip("0"):
        raise ProductKeyError(ProductKeyCode.GTIN_FORM, "a GTIN has 8, 12, 13 or 14 digits, not all zero")
    if gs1_standard_check_digit(text[:-1]) != int(text[-1]):
        raise ProductKeyError(ProductKeyCode.GTIN_CHECK_DIGIT, "the GTIN's check digit is wrong")
    return text.zfill(14)


def parse_gs1_value(text: str) -> str:
    """A lot (AI 10) or serial (AI 21): 1 to 20 characters of GS1's set 82. Raises ProductKeyError."""
    if not _SET_82.fullmatch(text):
        raise ProductKeyError(ProductKeyCode.VALUE_FORM, "a lot or serial has 1 to 20 letters, digits or signs")
    return text


def parse_digital_link(path_or_uri: str) -> ProductKey:
    """The key in a path or a full address, still percent-encoded as it travelled. Raises ProductKeyError."""
    if not _URI.fullmatch(path_or_uri) or _ESCAPE.search(path_or_uri):
        raise ProductKeyError(ProductKeyCode.NOT_A_LINK, "a character that does not belong into an address")
    path, query = _split(path_or_uri)
    pairs = _parse_pairs(path)
    asked = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    if asked & {"01", *_QUALIFIERS}:
        raise ProductKeyError(ProductKeyCode.QUALIFIER_IN_QUERY, "the key belongs into the path")
    gtin = parse_gtin(pairs.pop("01"))
    values = {name: parse_gs1_value(value) for name, value in pairs.items()}
    return ProductKey(gtin, values.get("10"), values.get("21"))


def build_digital_link(base: str, key: ProductKey) -> str:
    """The address of a key below `base`, such as https://id.example."""
    link = f"{base.rstrip('/')}/01/{key.gtin}"
    for name, value in (("10", key.lot), ("21", key.serial)):
        if value:
            link += f"/{name}/{quote(value, safe='')}"
    return link


def _split(text: str) -> tuple[str, str]:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ProductKeyError(ProductKeyCode.NOT_A_LINK, "not an address") from error
    is_path = text.startswith("/") and not text.startswith("//")
    is_address = parts.scheme in ("http", "https") and parts.netloc != "" and "%" not in parts.netloc
    if not is_path and not is_address:
        raise ProductKeyError(ProductKeyCode.NOT_A_LINK, "neither a path nor an http address")
    return parts.path, parts.query


def _parse_pairs(path: str) -> dict[str, str]:
    """The key and its qualifiers, read in pairs from the right; what stands before `/01/` is the resolver's own."""
    segments = path.split("/")[1:]
    pairs: list[tuple[str, str]] = []
    while len(segments) >= 2:
        value, name = segments.pop(), segments.pop()
        pairs.insert(0, (name, unquote(value)))
        if name == "01":
            return _check_order(pairs)
    raise ProductKeyError(ProductKeyCode.GTIN_MISSING, "the path has no /01/ and GTIN")


def _check_order(pairs: list[tuple[str, str]]) -> dict[str, str]:
    names = [name for name, _ in pairs[1:]]
    if set(names) - set(_QUALIFIERS):
        raise ProductKeyError(ProductKeyCode.QUALIFIER_UNKNOWN, "after the GTIN only 22, 10 and 21")
    if names != [name for name in _QUALIFIERS if name in names]:
        raise ProductKeyError(ProductKeyCode.QUALIFIER_ORDER, "22, 10 and 21 in this order, each at most once")
    return dict(pairs)
