"""The review code (评价码): whose it is, until when, and that nobody else made it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.voices.refusals import Refusal, VoiceRefused
from credit_scoring.voices.review_code import check_review_code, make_review_code
from tests.credit_scoring.voices.world import NOW

KEY, HOLDS = b"k" * 32, timedelta(minutes=30)


def make(waybill_no: str = "W1", key: bytes = KEY, chance: bytes = b"c" * 12) -> str:
    return make_review_code(key, waybill_no, now=NOW, holds=HOLDS, chance=chance)


def refusal(code: str, waybill_no: str = "W1", later: timedelta = timedelta()) -> str:
    with pytest.raises(VoiceRefused) as refused:
        check_review_code(KEY, waybill_no, code, now=NOW + later)
    return refused.value.code


def test_a_code_holds_for_its_parcel_and_half_an_hour() -> None:
    code = make()
    kept = check_review_code(KEY, "W1", code, now=NOW)
    assert check_review_code(KEY, "W1", f" {code} ", now=NOW + HOLDS - timedelta(seconds=1)) == kept
    assert kept != check_review_code(KEY, "W1", make(chance=b"d" * 12), now=NOW)
    assert refusal(code, later=HOLDS) == Refusal.CODE_EXPIRED
    assert refusal(code, "W2") == Refusal.CODE_OF_ANOTHER_PARCEL
    assert refusal(make(key=b"x" * 32)) == Refusal.CODE_FORGED
    assert "W1" not in code


def test_who_moves_the_end_of_a_code_has_a_forged_one() -> None:
    until, _, rest = make().partition(".")
    assert refusal(f"{int(until) + 3600}.{rest}") == Refusal.CODE_FORGED


@given(st.text())
def test_whatever_is_typed_is_forged_and_no_error(text: str) -> None:
    assert refusal(text) == Refusal.CODE_FORGED
