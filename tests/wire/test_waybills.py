"""Waybill numbers: S10 is exact, every other form a guess with its confidence, and one spelling to search by."""

import csv
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.wire.waybills import is_s10, load_rules, normalise_waybill, recognise, s10_check_digit

with (Path(__file__).parents[1] / "data" / "tracking_numbers.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["number"])
def test_published_numbers_are_recognised_as_published(row: dict[str, str]) -> None:
    formats = {form.format for form in recognise(row["number"])}
    assert (row["format"].lower() in formats) == (row["kind"] == "valid")
    if row["format"] == "S10":
        assert is_s10(row["number"]) == (row["kind"] == "valid")


@pytest.mark.parametrize(("serial", "digit"), [("12345678", 5), ("47312482", 9), ("00000000", 5), ("00000006", 2)])
def test_the_check_digit_is_eleven_less_the_weighted_sum(serial: str, digit: int) -> None:
    assert s10_check_digit(serial) == digit


def test_ten_becomes_nought_and_eleven_becomes_five() -> None:
    rests = {sum(w * int(d) for w, d in zip((8, 6, 4, 2, 3, 5, 9, 7), s, strict=True)) % 11: s for s in SERIALS}
    assert sorted(rests) == list(range(11))
    assert {rest: s10_check_digit(serial) for rest, serial in rests.items()} == {
        0: 5, 1: 0, 2: 9, 3: 8, 4: 7, 5: 6, 6: 5, 7: 4, 8: 3, 9: 2, 10: 1,
    }  # fmt: skip


SERIALS = [f"{number:08}" for number in range(11, 40)]


@given(st.text(st.sampled_from("0123456789"), min_size=8, max_size=8))
def test_of_ten_check_digits_exactly_one_makes_a_number(serial: str) -> None:
    assert sum(is_s10(f"RB{serial}{digit}CN") for digit in range(10)) == 1


@pytest.mark.parametrize(
    "text", ["RB123456785cn", "RB123456785CN\n", " RB123456785CN", "RB123456785C", "RB12345678५CN", "R1123456785CN", ""]
)
def test_s10_is_read_to_the_letter(text: str) -> None:
    assert not is_s10(text)


def test_s10_countries_are_those_of_iso_3166() -> None:
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    iso = {line.split("\t")[0] for line in table.splitlines() if line and not line.startswith("#")}
    assert load_rules().countries == iso


@pytest.mark.parametrize(
    ("number", "formats"),
    [
        ("SF1234567890123", ["sf"]),
        ("SF123456789012", ["sf"]),
        ("YT1234567890123", ["yto"]),
        ("YT1234567890123456", ["yunexpress"]),
        ("771234567890123", ["sto", "zto"]),
        ("7712345678901", ["sto", "zto", "china_post"]),
        ("781234567890", ["zto", "sf_old"]),
        ("1312345678901", ["yunda", "china_post"]),
        ("YD1234567890123456", ["yunda"]),
        ("JT1234567890123", ["jt"]),
        ("JD123456789012345678", ["jd", "dhl_piece"]),
        ("JDVA12345678901", ["jd"]),
        ("DPK1234567890", ["deppon"]),
        ("RB123456785CN", ["s10"]),
        ("LADE2241", ["lade"]),
        ("HELLO", []),
        ("", []),
    ],
)
def test_forms_come_the_likeliest_first_and_each_once(number: str, formats: list[str]) -> None:
    assert [form.format for form in recognise(number)] == formats


def test_of_several_rules_of_one_form_the_surest_speaks() -> None:
    forms = {form.format: form.confidence for form in recognise("7812345678901")}
    assert forms == {"zto": 0.6, "china_post": 0.15}


def test_only_a_check_digit_is_exact() -> None:
    [form] = recognise("RB123456785CN")
    assert (form.exact, form.confidence) == (True, 1.0)
    assert "China Post" in form.carrier_hint
    assert recognise("RB123456785GB")[0].carrier_hint == "UPU S10"
    assert not any(form.exact for form in recognise("771234567890123"))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("SF1234567890123", "SF1234567890123"),
        (" sf 1234 5678 90123 ", "SF1234567890123"),
        ("ＳＦ１２３４５６７８９０１２３", "SF1234567890123"),
        ("SF1234\u200b567890123\ufeff", "SF1234567890123"),
        ("SF-1234-5678-90123", "SF1234567890123"),
        ("SF–1234—5678－90123", "SF1234567890123"),
        ("rb 123 456 785 cn", "RB123456785CN"),
        ("ord-2026-77", "ORD-2026-77"),
        ("lade 2241\t", "LADE2241"),
        ("", ""),
    ],
)
def test_one_number_has_one_spelling_to_search_by(typed: str, number: str) -> None:
    assert normalise_waybill(typed) == number


@given(st.text(st.sampled_from("SFsfＳＦｓ \u3000０123456789-–－YTCN"), max_size=20))
def test_normalising_twice_changes_nothing(text: str) -> None:
    number = normalise_waybill(text)
    assert normalise_waybill(number) == number
    assert recognise(text) == recognise(number)


@given(st.text(max_size=40))
def test_any_text_may_be_typed(text: str) -> None:
    assert isinstance(normalise_waybill(text), str)
    assert all(0 < form.confidence <= 1 for form in recognise(text))


def test_every_rule_says_how_far_it_can_be_trusted() -> None:
    rules = load_rules()
    assert all(0 < rule.confidence < 1 for rule in rules.recognisers)
    table = tomllib.loads(files("tracker.wire").joinpath("waybills.toml").read_text(encoding="utf-8"))
    assert set(table) == {"version", "recogniser", "s10", "own"}
    names = {"format", "carrier_hint", "pattern", "confidence", "remark"}
    assert all(set(rule) == names for rule in table["recogniser"])
