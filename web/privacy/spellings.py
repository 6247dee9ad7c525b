"""Spellings (编码形式): the octets in which a value may lie: plain, base64, hexadecimal, hashed without a key."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SM3, Hash

from web.privacy.needles import Needle

SHORTEST = 6  # octets: what is shorter is found in any noise (two characters in UTF-16, say), and is left out
_TEXTS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
_ESCAPE = re.compile(r"(?<=\\u)[0-9a-f]{4}|%[0-9A-F]{2}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Octets to look for, whose they are, and in which form."""

    octets: bytes
    needle: Needle
    form: str


def patterns_of(needle: Needle) -> list[Pattern]:
    """Every form of a needle, each once; none of a value that is too short to be told from noise."""
    forms: dict[bytes, str] = {}
    for form, octets in _forms(needle):
        if len(octets) >= SHORTEST:
            forms.setdefault(octets, form)
    return [Pattern(octets, needle, form) for octets, form in forms.items()]


def _forms(needle: Needle) -> Iterator[tuple[str, bytes]]:
    plain = [each for writing in sorted(needle.writings) for each in _plain(writing)]
    yield from plain
    for form, octets in plain:
        if len(octets) >= SHORTEST:
            for piece in _base64_pieces(octets):
                yield f"base64, {form}", piece
            for digits in (octets.hex(), octets.hex().upper()):
                yield f"hex, {form}", digits.encode()
    for text in sorted(needle.hashed):
        for name, digest in _digests(text.encode(errors="replace")):
            yield f"{name}, raw", digest
            for digits in (digest.hex(), digest.hex().upper()):
                yield f"{name}, hex", digits.encode()
            for piece in _base64_pieces(digest):
                yield f"{name}, base64", piece


def _plain(text: str) -> Iterator[tuple[str, bytes]]:
    for name in _TEXTS:
        yield name, text.encode(name, errors="replace")
    percent = quote(text, safe="")
    for form, escaped in (
        ("JSON escapes", json.dumps(text)[1:-1]),
        ("percent-encoding", percent),
        ("percent-encoding", percent.replace("%20", "+")),
    ):
        yield form, escaped.encode()
        yield form, _ESCAPE.sub(lambda found: found[0].swapcase(), escaped).encode()


def _base64_pieces(octets: bytes) -> Iterator[bytes]:
    """The characters that stand in any base64 of a text with these octets in it, at each of the three alignments."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + octets)
        piece = whole[-(-8 * before // 6) : 8 * (before + len(octets)) // 6]
        yield piece
        yield piece.translate(bytes.maketrans(b"+/", b"-_"))


def _digests(octets: bytes) -> Iterator[tuple[str, bytes]]:
    for name in ("md5", "sha1", "sha256"):
        yield name, hashlib.new(name, octets, usedforsecurity=False).digest()
    sm3 = Hash(SM3())
    sm3.update(octets)
    yield "sm3", sm3.finalize()
