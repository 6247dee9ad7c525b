"""A voucher under the scanner (扫凭证): the compact JWS in what was typed, freed of what a wedge put around it.

A wedge may type full-width, an AIM identifier, a prefix and a suffix of its own, and with caps lock on every letter in
the other case; a waybill number does not care, a signature does.
"""

import re

from scanners.reader import to_half_width

_VOUCHER = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")  # a JSON header, claims, Ed25519


def find_voucher(typed: str) -> str | None:
    """The first text of a voucher's form in what a scanner typed; None without one. Checks no signature."""
    text = to_half_width(typed)
    found = _VOUCHER.search(text) or _VOUCHER.search(text.swapcase())
    return None if found is None else found[0]
