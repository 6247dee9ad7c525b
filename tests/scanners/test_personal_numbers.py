"""A person's number in a parcel's place: what can be told apart is no waybill, and is kept nowhere."""

from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.capture import NotAWaybill, parse_waybill_no
from scanners.counter.forms import AcceptForm, DocumentForm, EvidenceForm, PartyForm, build_acceptance
from scanners.personal_numbers import is_among, is_resident_number
from web.bench.gate.people import resident_number

NUMBER = resident_number(Random(7), date(1988, 6, 1), region="500112")


@given(st.randoms(use_true_random=False), st.dates(date(1900, 1, 1), date(2026, 11, 22)))
def test_no_resident_number_is_a_waybill(random: Any, birth: date) -> None:
    number = resident_number(random, birth)
    for typed in (number, number.lower(), f" {number}\n"):
        with pytest.raises(NotAWaybill) as caught:
            parse_waybill_no(typed)
        assert number[6:14] not in str(caught.value)


@pytest.mark.parametrize(
    "other",
    [
        NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"),  # its check character is wrong
        "500112198806319999",  # no such day
        "000112" + NUMBER[6:],
        NUMBER[:17],
        f"SF{NUMBER[:13]}",
        "1" * 18,
        "A" * 18,
    ],
)
def test_what_only_looks_like_one_is_read(other: str) -> None:
    assert not is_resident_number(other)
    assert parse_waybill_no(other) == other


@pytest.mark.parametrize(("division", "wanted"), [("500112", True), ("000112", False)])
def test_a_division_that_never_was_makes_no_resident_number(division: str, wanted: bool) -> None:
    assert is_resident_number(resident_number(Random(3), date(1970, 2, 28), region=division)) is wanted


@pytest.mark.parametrize(
    ("code", "told", "wanted"),
    [
        ("13800138000", "138 0013-8000", True),
        ("8613800138000", "13800138000", True),
        ("e1234567", "\uff251234567", True),
        ("SF1234567890123", "13800138000", False),
        ("1234", "1234", False),  # too short to name anybody
        ("", "", False),
    ],
)
def test_a_number_is_the_same_however_it_is_spelled(code: str, told: str, wanted: bool) -> None:
    assert is_among(code, [told]) is wanted


@pytest.mark.parametrize("typed", ["13800138000", "13900139000", "E1234567", "E7654321"])
def test_a_number_of_the_form_itself_is_no_waybill(typed: str) -> None:
    form = AcceptForm(
        waybill_no=typed,
        sender=PartyForm(phone="138-0013-8000"),
        recipient=PartyForm(phone="13900139000"),
        evidence=EvidenceForm(
            how="document", document=DocumentForm(kind="FOREIGN_PASSPORT", number="E1234567"),
            guardian=DocumentForm(kind="FOREIGN_PASSPORT", number="E7654321"),
        ),
    )  # fmt: skip
    assert build_acceptance(form, carrier="BLUEBIRD", card=None).waybill_no == ""
    other = AcceptForm(waybill_no="SF1234567890123", sender=form.sender, evidence=form.evidence)
    assert build_acceptance(other, carrier="BLUEBIRD", card=None).waybill_no == "SF1234567890123"
