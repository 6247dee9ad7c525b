"""Rights requests: the clock, the steps that may be taken, numbers that are typed, children."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.realname.rights_requests import (
    NUMBER_BYTES,
    Channel,
    ExtensionReason,
    RefusalReason,
    Requester,
    RequestKind,
    RequestState,
    RightsRequest,
    StepRefused,
    answer,
    extend,
    is_child,
    parse_request_no,
    refuse,
    write_request_no,
)

AT = datetime(2026, 9, 29, 2, 0, tzinfo=UTC)
TODAY = date(2026, 10, 9)
ASKED = RightsRequest("R-1", RequestKind.ACCESS, Requester.SELF, Channel.PAGE, ("W1",), AT, 15)


def test_the_clock_is_15_working_days_past_national_day() -> None:
    assert ASKED.deadline.day == date(2026, 10, 26)  # eight days off, a make-up Saturday
    assert not ASKED.is_overdue(date(2026, 10, 26))
    assert ASKED.is_overdue(date(2026, 10, 27))


def test_it_is_extended_once_in_time_and_with_a_reason() -> None:
    longer = extend(ASKED, ExtensionReason.WITH_CARRIER, today=TODAY)
    assert (longer.state, longer.reason) == (RequestState.EXTENDED, "with_carrier")
    assert longer.deadline.day == date(2026, 11, 16)
    for request, today, code in (
        (longer, TODAY, "extended_already"),
        (ASKED, date(2026, 10, 27), "term_over"),
        (answer(ASKED, at=AT), TODAY, "closed"),
    ):
        with pytest.raises(StepRefused) as caught:
            extend(request, ExtensionReason.WITH_CARRIER, today=today)
        assert caught.value.code == code


def test_what_is_closed_is_not_overdue_and_takes_no_step() -> None:
    for closed in (answer(ASKED, at=AT, erasure_line=7), refuse(ASKED, RefusalReason.NOTHING_HELD, at=AT)):
        assert not closed.is_overdue(date(2030, 1, 1))
        with pytest.raises(StepRefused):
            answer(closed, at=AT)
        with pytest.raises(StepRefused):
            refuse(closed, RefusalReason.NOTHING_HELD, at=AT)


def test_an_overdue_request_can_still_be_answered() -> None:
    late = replace(ASKED, received_at=datetime(2025, 1, 2, tzinfo=UTC))
    assert late.is_overdue(TODAY)
    assert answer(late, at=AT).state is RequestState.ANSWERED


@given(st.binary(min_size=NUMBER_BYTES, max_size=NUMBER_BYTES))
def test_a_number_is_read_however_it_is_typed(noise: bytes) -> None:
    number = write_request_no(noise)
    for typed in (number, number.lower(), number.replace("-", " "), f"  {number.replace('-', '')}  "):
        assert parse_request_no(typed) == number
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in number)
    assert parse_request_no(full_width) == number
    assert parse_request_no(number.replace("O", "0").replace("I", "1").replace("B", "8")) == number


@given(st.text(max_size=30))
def test_what_is_no_number_is_none(typed: str) -> None:
    assert parse_request_no(typed) is None


@pytest.mark.parametrize(
    ("number", "child"),
    [
        ("110105201211230011", True),  # 14 tomorrow
        ("110105201211220014", False),  # 14 today
        ("11010519491231002X", False),
        ("E12345678", False),
        (None, False),
    ],
)
def test_a_child_is_told_by_a_document_that_tells(number: str | None, child: bool) -> None:
    assert is_child(number, today=date(2026, 11, 22)) is child
