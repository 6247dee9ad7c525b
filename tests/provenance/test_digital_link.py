"""GS1 Digital Link: keys in web addresses, against GS1's own vectors and our stricter wishes."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.provenance.digital_link import (
    ProductKey,
    ProductKeyCode,
    ProductKeyError,
    build_digital_link,
    parse_digital_link,
    parse_gs1_value,
    parse_gtin,
)

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "gs1_digital_link.json").read_text(encoding="utf-8")
)["vectors"]
GTIN = "06901234567892"
SET_82 = [chr(n) for n in range(0x21, 0x7B) if chr(n) not in "#$@[\\]^`"]


def key_of_element_string(text: str) -> ProductKey:
    """The key in an unbracketed element string, `^` for FNC1: what follows AI 01 and its 14 digits."""
    values = {part[:2]: part[2:] for part in text[17:].split("^")}
    return ProductKey(text[3:17], values.get("10"), values.get("21"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"line {vector['line']}")
def test_gs1s_own_vectors_are_read_as_gs1_reads_them(vector: dict[str, Any]) -> None:
    if not vector["valid"]:
        with pytest.raises(ProductKeyError):
            parse_digital_link(vector["uri"])
        return
    assert parse_digital_link(vector["uri"]) == key_of_element_string(vector["element_string"])


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (f"/01/{GTIN}", ProductKey(GTIN)),
        (f"/01/{GTIN}/10/L1", ProductKey(GTIN, "L1")),
        (f"/01/{GTIN}/21/S1", ProductKey(GTIN, None, "S1")),
        (f"/01/{GTIN}/10/L1/21/S1", ProductKey(GTIN, "L1", "S1")),
        (f"/01/{GTIN}/22/2A/10/L1/21/S1", ProductKey(GTIN, "L1", "S1")),
        (f"/01/{GTIN}/10/a%2Fb%25/21/%22x%22", ProductKey(GTIN, "a/b%", '"x"')),
        (f"/01/{GTIN}/10/01/21/10", ProductKey(GTIN, "01", "10")),
        (f"/trace/01/{GTIN}/10/L1?lang=en#top", ProductKey(GTIN, "L1")),
        (f"https://id.example:8443/01/{GTIN}/10/L1", ProductKey(GTIN, "L1")),
    ],
)
def test_lot_and_serial_may_be_left_out_and_are_percent_decoded(path: str, key: ProductKey) -> None:
    assert parse_digital_link(path) == key


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("12345670", "00000012345670"),
        ("012345678905", "00012345678905"),
        ("6901234567892", GTIN),
        ("6291041500213", "06291041500213"),
        ("16901234567899", "16901234567899"),
    ],
)
def test_a_gtin_of_any_length_has_one_form_of_fourteen_digits(text: str, gtin: str) -> None:
    assert parse_gtin(text) == gtin
    assert parse_digital_link(f"/01/{text}").gtin == gtin


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("", "not_a_link"),
        ("01/06901234567892", "not_a_link"),
        ("//id.example/01/06901234567892", "not_a_link"),
        ("ftp://id.example/01/06901234567892", "not_a_link"),
        ("https:///01/06901234567892", "not_a_link"),
        ("https://[::1/01/06901234567892", "not_a_link"),
        ("/01/06901234567892/10/%zz", "not_a_link"),
        ("/01/06901234567892/10/%e", "not_a_link"),
        ("/01/06901234567892/10/批次", "not_a_link"),
        ("/01/06901234567892\n", "not_a_link"),
        ("/02/06901234567892", "gtin_missing"),
        ("/01", "gtin_missing"),
        ("/gtin/06901234567892", "gtin_missing"),
        ("/01/6901234567893", "gtin_check_digit"),
        ("/01/690123456789", "gtin_check_digit"),
        ("/01/69012345678", "gtin_form"),
        ("/01/00000000000000", "gtin_form"),
        ("/01/%D9%A6901234567892", "gtin_form"),
        ("/01/06901234567892/", "gtin_missing"),
        ("/01/06901234567892/235/X", "qualifier_unknown"),
        ("/01/06901234567892/21/S/10/L", "qualifier_order"),
        ("/01/06901234567892/10/L/10/M", "qualifier_order"),
        ("/01/06901234567892?21=S", "qualifier_in_query"),
        ("/01/06901234567892?01=6901234567892", "qualifier_in_query"),
        ("/01/06901234567892/10/", "value_form"),
        ("/01/06901234567892/10/" + "x" * 21, "value_form"),
        ("/01/06901234567892/10/a%20b", "value_form"),
        ("/01/06901234567892/10/%E6%89%B9", "value_form"),
        ("/01/06901234567892/10/a%00", "value_form"),
        ("/01/06901234567892/10/a%0A", "value_form"),
    ],
)
def test_what_is_no_key_is_refused_with_its_own_code(link: str, code: str) -> None:
    with pytest.raises(ProductKeyError) as caught:
        parse_digital_link(link)
    assert caught.value.code == ProductKeyCode(code)
    assert str(caught.value).startswith(code)


values = st.text(st.sampled_from(SET_82), min_size=1, max_size=20)
bodies = st.text(st.sampled_from("0123456789"), min_size=13, max_size=13).filter(lambda body: body.strip("0"))


@given(body=bodies, lot=st.none() | values, serial=st.none() | values, base=st.sampled_from(["", "https://id.example"]))
def test_a_built_link_is_read_back_as_the_same_key(body: str, lot: str | None, serial: str | None, base: str) -> None:
    weighted = sum(int(digit) * (3 if n % 2 == 0 else 1) for n, digit in enumerate(body))
    key = ProductKey(body + str(-weighted % 10), lot, serial)
    assert parse_digital_link(build_digital_link(base, key)) == key


@given(body=bodies)
def test_of_ten_check_digits_exactly_one_is_right(body: str) -> None:
    fates = []
    for digit in "0123456789":
        try:
            fates.append(parse_gtin(body + digit))
        except ProductKeyError as error:
            fates.append(error.code)
    assert fates.count(ProductKeyCode.GTIN_CHECK_DIGIT) == 9


@given(st.text() | st.text(st.sampled_from("/01?=&%aF:.#")))
def test_any_text_is_a_key_or_a_product_key_error(text: str) -> None:
    try:
        key = parse_digital_link(text)
    except ProductKeyError:
        return
    assert len(key.gtin) == 14
    assert parse_gs1_value(key.lot or "x")


def test_a_link_is_built_below_its_base_with_everything_reserved_escaped() -> None:
    key = ProductKey("12312312312333", "ABC+123", "a/b")
    expected = "https://example.com/01/12312312312333/10/ABC%2B123/21/a%2Fb"
    assert build_digital_link("https://example.com/", key) == expected
