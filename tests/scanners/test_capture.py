"""Capture: what a scanner typed becomes an event that the tracker can read, or is said to be no waybill."""

from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.capture import NotAWaybill, capture, parse_waybill_no
from tests.intake.devices import NOW, fresh_id
from tests.wire.strategies import details_of
from tracker.wire.details import DepartedDetails
from tracker.wire.event import Position, decode_event, encode_event
from tracker.wire.steps import Step

CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("BB2026070100017", "BB2026070100017"),
        (" bb01\r\n", "BB01"),
        ("a-b_9", "A-B_9"),
        ("\tX\t", "X"),
        ("9" * 64, "9" * 64),
    ],
)
def test_a_number_is_read_trimmed_and_in_upper_case(typed: str, read: str) -> None:
    assert parse_waybill_no(typed) == read


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "9" * 65, "BB 01", "BB/01", "BB.01", "单号", "\uff11\uff12", "BB\n01", "BB\x0001", "straße", "ıd"],
)
def test_anything_else_is_no_waybill(typed: str) -> None:
    with pytest.raises(NotAWaybill):
        parse_waybill_no(typed)


def test_what_was_wrong_is_said_without_repeating_what_was_read() -> None:
    """A scanner may have read anything: a telephone number in a QR code."""
    with pytest.raises(NotAWaybill) as error:
        parse_waybill_no("tel:13800000000")
    assert "138" not in str(error.value)


@given(typed=st.text(max_size=80))
def test_whatever_is_typed_is_refused_or_reads_the_same_again(typed: str) -> None:
    try:
        read = parse_waybill_no(typed)
    except NotAWaybill:
        return
    assert parse_waybill_no(read) == read
    assert read.isascii()
    assert len(read) == len(typed.strip())


def test_an_event_says_what_was_scanned_when_where_and_by_whom() -> None:
    moment, event_id = NOW.astimezone(CHINA), fresh_id(NOW)
    scan = capture(
        " w1 ", step=Step.DEPARTED, event_id=event_id, event_time=moment, operator="C1",
        place=Position(lng=120.1, lat=30.2), details=DepartedDetails(vehicle="T1"),
    )  # fmt: skip
    read = decode_event(encode_event(scan))
    assert (read.scan.waybill_no, read.scan.step, read.scan.event_id, read.scan.seq) == ("W1", "departed", event_id, 0)
    assert (read.scan.event_time, read.scan.event_time.utcoffset()) == (NOW, timedelta(hours=8))
    assert (read.scan.operator, read.scan.position) == ("C1", Position(lng=120.1, lat=30.2))
    assert read.details == DepartedDetails(vehicle="T1")


def test_what_is_no_waybill_becomes_no_event() -> None:
    with pytest.raises(NotAWaybill):
        capture("?", step=Step.ARRIVED, event_id=fresh_id(NOW), event_time=NOW)


@given(data=st.data(), step=st.sampled_from([step for step in Step if step is not Step.ACCEPTED]))
def test_every_captured_event_can_be_read_by_the_tracker(data: st.DataObject, step: Step) -> None:
    details = data.draw(details_of(step))
    scan = capture("W1", step=step, event_id=fresh_id(NOW), event_time=NOW, details=details)
    assert decode_event(encode_event(scan)).details == details
