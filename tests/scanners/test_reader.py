"""The reader: whatever a scanner types around a number, the number comes out; what is no parcel's is said."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.capture import NotAWaybill, parse_waybill_no
from scanners.reader import Quirks, Reading, RepeatFilter, read_codes
from tests.intake.devices import NOW

NUMBER = "SF1234567890123"
SSCC = "106141411928374657"


def numbers(typed: str, quirks: Quirks = Quirks()) -> list[str]:  # noqa: B008
    return [reading.waybill_no for reading in read_codes(typed, quirks)]


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        f"  {NUMBER.lower()}\r\n",
        f"]C0{NUMBER}",
        f"]Q1{NUMBER}\t",
        f"\x02{NUMBER}\x03",
        f"{NUMBER}\x1d",
        "ＳＦ１２３４５６７８９０１２３",
        f"\u3000{NUMBER}\u200b",
        NUMBER * 2,
        f"https://trace.example/t/{NUMBER}",
        f"]Q1https://trace.example/t/{NUMBER.lower()}?lang=en",
        f"HTTPS://TRACE.EXAMPLE/t/{NUMBER}",
    ],
)
def test_a_number_comes_out_of_what_devices_type(typed: str) -> None:
    assert numbers(typed) == [NUMBER]


def test_a_trace_address_brings_its_token() -> None:
    assert read_codes(f"https://trace.example/t/{NUMBER}?k=Zm9vYmFy&lang=en") == [Reading(NUMBER, "Zm9vYmFy")]


@pytest.mark.parametrize(
    "typed",
    [
        f"]C100{SSCC}",
        f"]C1\x1d00{SSCC}",
        f"]C100{SSCC}\x1d401ABC",
        f"]d200{SSCC}",
        f"(00){SSCC}",
        f"(00){SSCC}(401)ABC",
        f"https://id.example/00/{SSCC}",
        f"]Q1https://id.example/some/path/00/{SSCC}?x=1",
    ],
)
def test_gs1_names_a_parcel_by_its_sscc(typed: str) -> None:
    assert numbers(typed) == [SSCC]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("]C10106901234567892", "of goods"),
        ("https://id.example/01/06901234567892", "something else"),
        ("https://evil.example/login", "something else"),
        (f"]C100{SSCC[:-1]}8", "check digit"),
        (f"https://id.example/00/{SSCC[:-1]}8", "check digit"),
        ("https://id.example/00/12", "18 digits"),
        ("http://[", "cannot be read"),
        ("no waybill", "letters and digits"),
        ("SF12345678901Х3", "letters and digits"),  # a Cyrillic Х
        ("A" * 65, "letters and digits"),
        ("A" * 3000, "at most"),
        ("'; DROP TABLE parcel;--", "letters and digits"),
        ("https://trace.example/t/<b>", "letters and digits"),
    ],
)
def test_what_is_no_parcels_is_said(typed: str, why: str) -> None:
    with pytest.raises(NotAWaybill, match=why):
        read_codes(typed)


def test_several_lines_are_several_numbers_and_blanks_are_none() -> None:
    assert numbers("W1\rW2\n\n \tW3") == ["W1", "W2", "W3"]
    assert numbers(" \r\n") == []


def test_a_set_prefix_and_suffix_are_taken_off_once() -> None:
    quirks = Quirks(prefix="A#", suffix="%")
    assert numbers("A#W1%", quirks) == ["W1"]
    assert numbers("W1", quirks) == ["W1"]
    assert numbers("A#]C0W1%\r", quirks) == ["W1"]
    with pytest.raises(NotAWaybill):
        read_codes("A#A#W1%", quirks)


def test_only_a_number_with_a_known_form_is_taken_apart() -> None:
    assert numbers("ABCABC") == ["ABCABC"]
    assert numbers("Q234567890Q234567890") == ["Q234567890Q234567890"]


@given(st.text(max_size=80))
def test_every_number_that_comes_out_is_a_waybill_number(typed: str) -> None:
    try:
        found = numbers(typed)
    except NotAWaybill:
        return
    assert [parse_waybill_no(number) for number in found] == found


@given(st.from_regex(r"[A-Z0-9][A-Z0-9_-]{0,8}", fullmatch=True))
def test_a_bare_number_is_itself(number: str) -> None:
    assert numbers(number) == [number]


def test_a_second_reading_within_the_window_is_a_repeat_and_a_held_trigger_holds_it_open() -> None:
    repeats, step = RepeatFilter(timedelta(seconds=1)), timedelta(milliseconds=700)
    assert not repeats.is_repeat("W1", NOW)
    repeats.note("W1", NOW)
    assert repeats.is_repeat("W1", NOW + step)
    assert not repeats.is_repeat("W2", NOW + step)
    assert repeats.is_repeat("W1", NOW + 2 * step)
    assert not repeats.is_repeat("W1", NOW + 4 * step)


def test_a_clock_that_goes_back_makes_no_repeat() -> None:
    repeats = RepeatFilter()
    repeats.note("W1", NOW)
    assert not repeats.is_repeat("W1", NOW - timedelta(seconds=0.5))


def test_what_lies_outside_the_window_is_forgotten() -> None:
    repeats = RepeatFilter()
    for number in range(1000):
        repeats.note(f"W{number}", NOW + number * timedelta(seconds=0.1))
    assert len(repeats._seen) <= 11
