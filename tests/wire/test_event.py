"""Events: what is written is read back, and everything else is rejected alone, with its own code."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wire.example import ACCEPTED, CHINA, EVENTS
from tests.wire.strategies import scan_events
from tracker.wire.details import DETAILS, AcceptedDetails, Details, parse_promise
from tracker.wire.errors import EventRejected, RejectionCode
from tracker.wire.event import MAX_EVENT_BYTES, ReadEvent, ScanEvent, decode_event, encode_details, encode_event
from tracker.wire.steps import Step

GOOD: dict[str, Any] = json.loads(EVENTS[1])
GOOD_BYTES = EVENTS[1]


def changed(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()


def with_details(raw: bytes) -> bytes:
    """The good event with these bytes as its details."""
    return without("details")[:-1] + b',"details":' + raw + b"}"


def rejection_of(octets: bytes) -> str:
    with pytest.raises(EventRejected) as caught:
        decode_event(octets)
    return caught.value.code


@given(scan_events())
def test_an_event_is_read_back_as_it_was_written(scan: ScanEvent) -> None:
    read = decode_event(encode_event(scan))
    assert read.scan == scan
    assert encode_event(read.scan) == encode_event(scan)
    assert encode_details(read.details) == scan.details
    assert type(read.details) is DETAILS[scan.step]


@given(scan_events(), st.sampled_from([None, 1, "\t"]))
def test_another_spelling_of_the_same_json_is_the_same_event(scan: ScanEvent, indent: int | str | None) -> None:
    scrambled = dict(reversed(json.loads(encode_event(scan)).items()))
    octets = json.dumps(scrambled, indent=indent, ensure_ascii=True).encode()
    if len(octets) <= MAX_EVENT_BYTES:
        read = decode_event(octets)
        assert msgspec.structs.replace(read.scan, details=scan.details) == scan


def test_absent_fields_are_left_out_of_the_bytes() -> None:
    scan = ScanEvent(
        event_id=ACCEPTED.event_id,
        seq=0,
        step=Step.ARRIVED,
        event_time=datetime(2026, 7, 1, tzinfo=UTC),
        waybill_no="W",
    )
    assert set(json.loads(encode_event(scan))) == {"event_id", "seq", "step", "event_time", "waybill_no"}
    assert decode_event(encode_event(scan)).details == DETAILS[Step.ARRIVED]()


def read_or_code(octets: bytes) -> ReadEvent | str:
    try:
        return decode_event(octets)
    except EventRejected as rejection:
        return rejection.code


def is_event_or_rejection(octets: bytes) -> bool:
    fate = read_or_code(octets)
    return isinstance(fate, ReadEvent) or fate in set(RejectionCode)


DEEP = b"[" * 5000 + b"]" * 5000
REJECTED = [
    # not JSON, or no object
    (b"", "event_unreadable"),
    (b"{", "event_unreadable"),
    (GOOD_BYTES + b"x", "event_unreadable"),
    (b"\xef\xbb\xbf" + GOOD_BYTES, "event_unreadable"),
    (GOOD_BYTES.decode().encode("utf-16"), "event_unreadable"),
    (GOOD_BYTES.replace(b"C0017", b"C\xff17"), "event_unreadable"),
    (GOOD_BYTES.replace(b"C0017", b"C\\ud80017"), "event_unreadable"),
    (GOOD_BYTES.replace(b"C0017", b"C\\x17"), "event_unreadable"),
    (GOOD_BYTES.replace(b"C0017", b"C\n17"), "event_unreadable"),
    (b"null", "field_invalid"),
    (b"[]", "field_invalid"),
    (b'"text"', "field_invalid"),
    # nested too deep, wherever it stands
    (with_details(DEEP), "event_unreadable"),
    (with_details(b'{"a":' * 2000 + b"1" + b"}" * 2000), "event_unreadable"),
    (GOOD_BYTES[:-1] + b',"corrects":' + DEEP + b"}", "field_invalid"),
    (GOOD_BYTES[:-1] + b',"note":' + DEEP + b"}", "field_unknown"),
    # numbers that are none
    (GOOD_BYTES[:-1] + b',"position":{"lng":NaN,"lat":30}}', "number_not_finite"),
    (GOOD_BYTES[:-1] + b',"position":{"lng":-Infinity,"lat":30}}', "number_not_finite"),
    (GOOD_BYTES.replace(b'"seq":2', b'"seq":NaN'), "number_not_finite"),
    (with_details(b'{"promised_at":Infinity}'), "number_not_finite"),
    (GOOD_BYTES[:-1] + b',"position":{"lng":1e999,"lat":30}}', "field_invalid"),
    (changed(note="NaN or Infinity in a text"), "field_unknown"),
    (changed(**{'a "NaN': 1}), "field_unknown"),
    # size
    (changed(operator="a" * MAX_EVENT_BYTES), "event_too_large"),
    (GOOD_BYTES + b" " * (MAX_EVENT_BYTES - len(GOOD_BYTES) + 1), "event_too_large"),
    # fields
    (without("event_id"), "field_missing"),
    (without("seq"), "field_missing"),
    (without("step"), "field_missing"),
    (without("event_time"), "field_missing"),
    (without("waybill_no"), "field_missing"),
    (changed(waybill_no=None), "field_missing"),
    (changed(bag_no="BAG-1"), "field_missing"),
    (changed(note="free text"), "field_unknown"),
    (changed(Step="delivered"), "field_unknown"),
    (changed(position={"lng": 1, "lat": 2, "alt": 3}), "field_unknown"),
    (changed(waybill_no=""), "field_invalid"),
    (changed(waybill_no="a b"), "field_invalid"),
    (changed(waybill_no="a/b"), "field_invalid"),
    (changed(waybill_no="W1\n"), "field_invalid"),
    (changed(waybill_no="W1\0"), "field_invalid"),
    (changed(waybill_no="Ｗ１"), "field_invalid"),
    (changed(waybill_no="运单"), "field_invalid"),
    (changed(waybill_no="a" * 65), "field_invalid"),
    (changed(waybill_no=17), "field_invalid"),
    (changed(operator="C1\n"), "field_invalid"),
    (changed(seq=-1), "field_invalid"),
    (changed(seq=2**63), "field_invalid"),
    (GOOD_BYTES.replace(b'"seq":2', b'"seq":' + b"9" * 5000), "field_invalid"),
    (changed(seq="2"), "field_invalid"),
    (changed(seq=2.0), "field_invalid"),
    (changed(seq=True), "field_invalid"),
    (changed(event_id="x"), "field_invalid"),
    (changed(position={"lng": 180.1, "lat": 0}), "field_invalid"),
    (changed(position={"lng": 0, "lat": -90.1}), "field_invalid"),
    (changed(position={"lng": "1", "lat": 2}), "field_invalid"),
    (changed(position={"lng": 1}), "field_missing"),
    (changed(corrects={"event_id": "x", "reason": "did_not_occur"}), "field_invalid"),
    (changed(corrects={"event_id": GOOD["event_id"], "reason": "typo"}), "field_invalid"),
    (changed(corrects={"event_id": GOOD["event_id"]}), "field_missing"),
    # a name twice
    (GOOD_BYTES[:-1] + b',"seq":2}', "field_invalid"),
    (GOOD_BYTES[:-1] + b',"s\\u0065q":3}', "field_invalid"),
    (GOOD_BYTES[:-1] + b',"position":{"lng":1,"lat":2,"lng":3}}', "field_invalid"),
    (with_details(b'{"signer":"self","signer":"agent"}'), "field_invalid"),
    (GOOD_BYTES.replace(b'{"signer":"self"', b'{"signer":"agent","signer":"self"'), "field_invalid"),
    (EVENTS[0].replace(b'"kind":', b'"kind":"PASSPORT","kind":'), "field_invalid"),
    # steps and times
    (changed(step="collected"), "step_unknown"),
    (changed(step="Delivered"), "step_unknown"),
    (changed(step=None), "step_unknown"),
    (changed(step=["delivered"]), "step_unknown"),
    (changed(event_time="2026-07-02T18:05:00"), "time_naive"),
    (changed(event_time="2026-07-02"), "field_invalid"),
    (changed(event_time="2026-02-30T18:05:00+08:00"), "field_invalid"),
    (changed(event_time="2026-07-02T24:00:00+08:00"), "field_invalid"),
    (changed(event_time="2026-07-02T18:05:60+08:00"), "field_invalid"),
    (changed(event_time=1782986700), "field_invalid"),
    (changed(event_time=None), "field_invalid"),
    # details
    (changed(details={"note": "free text"}), "detail_unknown"),
    (changed(details={"weight_g": 1}), "detail_unknown"),
    (changed(details={"proof": {"photo": "x"}}), "detail_unknown"),
    (changed(details=None), "detail_invalid"),
    (changed(details=[]), "detail_invalid"),
    (changed(details={"signer": "neighbour"}), "detail_invalid"),
    (changed(details={"proof": {"kind": "CODE\n"}}), "detail_invalid"),
    (changed(step="accepted", details={"origin": "33010"}), "detail_invalid"),
    (changed(step="accepted", details={"origin": "330106\n"}), "detail_invalid"),
    (changed(step="accepted", details={"origin": "٣٣٠١٠٦"}), "detail_invalid"),
    (changed(step="accepted", details={"weight_g": -1}), "detail_invalid"),
    (changed(step="accepted", details={"weight_g": 10**9 + 1}), "detail_invalid"),
    (changed(step="accepted", details={"goods": [{"lot": "L1"}]}), "detail_invalid"),
    (changed(step="accepted", details={"goods": [{"gtin": "690123456789"[:11]}]}), "detail_invalid"),
    (changed(step="accepted", details={"goods": [{"gtin": "12345670"}] * 201}), "detail_invalid"),
    (changed(step="accepted", details={"identity": {"document_no": "1"}}), "detail_unknown"),
    (changed(step="accepted", details={"identity": {"checked": 1}}), "detail_invalid"),
    (changed(step="accepted", details={"identity": {"commitment": "short"}}), "detail_invalid"),
    (changed(details={"promised_at": "2026-07-03T18:00:00"}), "detail_invalid"),
    (changed(details={"promised_at": "2026-02-30"}), "detail_invalid"),
    (changed(details={"promised_at": "9999-12-31"}), "detail_invalid"),
    (changed(details={"promised_at": "0001-01-01T00:00:00+14:00"}), "detail_invalid"),
    (changed(details={"promised_at": "2026-07-03\n"}), "detail_invalid"),
    (changed(details={"promised_at": "2026-07-03T18:00:00+24:00"}), "detail_invalid"),
]


@pytest.mark.parametrize(("octets", "code"), REJECTED, ids=[f"{n}-{code}" for n, (_, code) in enumerate(REJECTED)])
def test_what_does_not_fit_is_rejected_with_its_own_code(octets: bytes, code: str) -> None:
    assert rejection_of(octets) == RejectionCode(code)


def test_every_code_of_the_wire_is_reached_here_and_the_intake_has_the_rest() -> None:
    at_intake = {
        "time_in_future",
        "time_too_old",
        "waybill_full",
        "event_id_not_v7",
        "event_id_time_mismatch",
        "event_id_reused",
    }
    at_intake.add("month_archived")
    assert {code for _, code in REJECTED} == {code.value for code in RejectionCode} - at_intake


def test_a_reason_repeats_nothing_of_what_was_sent() -> None:
    secret = "11010519491231002X"
    for octets in (changed(waybill_no=secret + " "), changed(details={"note": secret}), changed(step=secret)):
        with pytest.raises(EventRejected) as caught:
            decode_event(octets)
        assert secret not in str(caught.value)


@pytest.mark.parametrize("size", [MAX_EVENT_BYTES - 1, MAX_EVENT_BYTES])
def test_an_event_may_be_sixteen_kibibytes(size: int) -> None:
    assert decode_event(GOOD_BYTES + b" " * (size - len(GOOD_BYTES))).scan.waybill_no == GOOD["waybill_no"]


@given(st.binary(max_size=300))
@example(DEEP)
@example(b'{"a":' * 3000)
def test_any_bytes_are_an_event_or_a_rejection(octets: bytes) -> None:
    assert is_event_or_rejection(octets)


@given(
    st.integers(0, len(EVENTS[0])),
    st.integers(0, 40),
    st.binary(max_size=8)
    | st.sampled_from([b"NaN", b"null", b"{", b'"', b"\\", b'"a":1,', b"\\ud800", b"1e999", b"[" * 2000]),
)
def test_a_damaged_event_is_an_event_or_a_rejection(start: int, length: int, patch: bytes) -> None:
    octets = EVENTS[0][:start] + patch + EVENTS[0][start + length :]
    fate = read_or_code(octets)
    if isinstance(fate, ReadEvent):
        assert decode_event(encode_event(fate.scan)).scan == fate.scan
    else:
        assert fate in set(RejectionCode)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner)))
def test_any_value_in_any_field_is_an_event_or_a_rejection(value: Any) -> None:
    for name in ("event_id", "seq", "step", "event_time", "waybill_no", "position", "details", "corrects"):
        assert is_event_or_rejection(changed(**{name: value}))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-03", datetime(2026, 7, 4, tzinfo=CHINA)),
        ("2026-12-31", datetime(2027, 1, 1, tzinfo=CHINA)),
        ("2024-02-28", datetime(2024, 2, 29, tzinfo=CHINA)),
        ("2026-07-03T18:00:00+08:00", datetime(2026, 7, 3, 18, tzinfo=CHINA)),
        ("2026-07-03T10:00:00Z", datetime(2026, 7, 3, 18, tzinfo=CHINA)),
        ("2026-07-03t10:00:00.5z", datetime(2026, 7, 3, 18, 0, 0, 500000, tzinfo=CHINA)),
    ],
)
def test_a_bare_date_promise_ends_with_the_local_day(text: str, moment: datetime) -> None:
    assert parse_promise(text) == moment
    octets = changed(details={"promised_at": text})
    assert decode_event(octets).details.promised_at == text


def test_no_details_are_empty_details() -> None:
    assert {bytes(encode_details(empty)) for empty in (None, Details(), AcceptedDetails())} == {b"{}"}
    assert decode_event(with_details(b"{}")).details == decode_event(without("details")).details
