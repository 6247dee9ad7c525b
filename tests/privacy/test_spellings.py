"""Every form of a value is found, wherever it stands and however the octets are cut; and nothing else is."""

import base64
import hashlib
import json
import os
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from cryptography.hazmat.primitives.hashes import SM3, Hash
from hypothesis import given
from hypothesis import strategies as st

from web.privacy.finder import Finder
from web.privacy.needles import Needle, NeedleKind
from web.privacy.spellings import SHORTEST, Pattern, patterns_of

NUMBER, NAME, LATIN, PHONE = "11010519491231002x", "欧阳锦绣", "Okonkwo Adaeze", "13800138000"
ADDRESS = "重庆市渝北区冉家坝街1207号3栋2单元1501室"
KINDS = {
    NUMBER: NeedleKind.DOCUMENT, NAME: NeedleKind.NAME, LATIN: NeedleKind.NAME, PHONE: NeedleKind.PHONE,
    ADDRESS: NeedleKind.ADDRESS,
}  # fmt: skip
NEEDLES = [Needle(kind, value) for value, kind in KINDS.items()]
FINDER = Finder(pattern for needle in NEEDLES for pattern in patterns_of(needle))
values = st.sampled_from(list(KINDS))


def sm3(octets: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(octets)
    return digest.finalize()


HASHES: dict[str, Callable[[bytes], bytes]] = {
    "md5": lambda octets: hashlib.md5(octets).digest(),
    "sha1": lambda octets: hashlib.sha1(octets).digest(),
    "sha256": lambda octets: hashlib.sha256(octets).digest(),
    "sm3": sm3,
}
PLAIN: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-16-le": lambda value: value.encode("utf-16-le"),
    "utf-16-be": lambda value: value.encode("utf-16-be"),
    "gb18030": lambda value: value.encode("gb18030"),
    "JSON": lambda value: json.dumps({"told": value}).encode(),
    "JSON in capitals": lambda value: "".join(
        char if char.isascii() else f"\\u{ord(char):04X}" for char in value
    ).encode(),
    "percent": lambda value: quote(value).encode(),
    "percent in small letters": lambda value: "".join(
        char if char.isascii() else "".join(f"%{octet:02x}" for octet in char.encode()) for char in value
    ).encode(),
    "form": lambda value: quote_plus(value).encode(),
    "upper case": lambda value: value.upper().encode(),
    "full width": lambda value: "".join(
        chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in value
    ).encode(),
}


def found(octets: bytes) -> set[str]:
    return {each.pattern.needle.value for each in FINDER.find([octets])}


@pytest.mark.parametrize("value", list(KINDS))
@pytest.mark.parametrize("form", list(PLAIN))
def test_a_value_is_found_in_every_writing(form: str, value: str) -> None:
    octets = PLAIN[form](value)
    for lead in range(3):
        assert found(b"\x07" * lead + octets + b"\x07") == {value}
    assert found(b"\x07" + octets.hex().encode() + b"\x07") == {value}
    assert found(b"\x07" + octets.hex().upper().encode() + b"\x07") == {value}


@given(values, st.binary(max_size=9), st.binary(max_size=9), st.booleans())
def test_a_value_is_found_in_the_base64_of_any_text_around_it(
    value: str, before: bytes, after: bytes, for_addresses: bool
) -> None:
    encode = base64.urlsafe_b64encode if for_addresses else base64.b64encode
    for form in ("utf-8", "utf-16-le", "gb18030", "JSON"):
        assert value in found(encode(before + PLAIN[form](value) + after)), form


@pytest.mark.parametrize("value", list(KINDS))
@pytest.mark.parametrize("name", list(HASHES))
def test_a_hash_without_a_key_is_found(name: str, value: str) -> None:
    for text in {value, value.upper()}:
        digest = HASHES[name](text.encode())
        for octets in (
            digest, digest.hex().encode(), digest.hex().upper().encode(), base64.b64encode(digest),
            base64.urlsafe_b64encode(digest).rstrip(b"="),
        ):  # fmt: skip
            assert found(b"\x07\x07" + octets + b"\x07") == {value}


def test_usual_ways_to_hash_more_than_the_value_are_found() -> None:
    assert found(hashlib.sha256(b"+8613800138000").digest()) == {PHONE}
    joined = Needle(NeedleKind.DOCUMENT, NUMBER, ("RESIDENT_ID|11010519491231002X",))
    (hit, *_) = Finder(patterns_of(joined)).find([hashlib.sha256(b"RESIDENT_ID|11010519491231002X").digest()])
    assert hit.pattern.form == "sha256, raw"


def test_a_hash_with_a_key_is_not_found() -> None:
    assert found(hashlib.blake2b(NUMBER.encode(), key=b"k").digest()) == set()
    assert found(hashlib.sha256(os.urandom(32) + NUMBER.encode()).digest()) == set()


@given(values, st.lists(st.integers(1, 60), max_size=8), st.integers(0, 70))
def test_it_is_found_once_at_its_place_however_the_octets_are_cut(value: str, cuts: list[int], lead: int) -> None:
    octets = bytes(lead) + value.encode() + bytes(40)
    chunks, rest = [], octets
    for cut in cuts:
        chunks.append(rest[:cut])
        rest = rest[cut:]
    hits = [each for each in FINDER.find([*chunks, rest]) if each.pattern.form == "utf-8"]
    assert [(each.offset, each.pattern.needle.value) for each in hits] == [(lead, value)]


@given(st.binary(max_size=4000))
def test_noise_holds_nothing(noise: bytes) -> None:
    assert found(noise) == set()


def test_what_is_too_short_to_be_told_from_noise_is_left_out() -> None:
    needle = Needle(NeedleKind.NAME, "李娜")
    forms = {pattern.form: pattern.octets for pattern in patterns_of(needle)}
    assert "utf-8" in forms
    assert not {"utf-16-le", "gb18030"} & forms.keys()
    assert min(map(len, forms.values())) >= SHORTEST
    with pytest.raises(ValueError, match="at least"):
        Finder([Pattern(b"12345", needle, "utf-8")])


def test_a_needle_shows_itself_in_no_log() -> None:
    assert not any(value in f"{NEEDLES!r}" for value in KINDS)
