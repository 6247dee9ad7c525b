"""Findings: each is reached by a concrete life, stands at its event, and a gap says from when to when."""

import pytest

from tests.chain.builders import START, correction, promised, scan
from tracker.chain.findings import GAPS, Finding
from tracker.chain.scan import Scan
from tracker.chain.trace import Trace, build_trace
from tracker.wire.details import AcceptedDetails, Identity, Inspection
from tracker.wire.steps import Step


def trace_of(*scans: Scan) -> Trace:
    trace = build_trace(scans)
    assert trace is not None
    return trace


def codes(*scans: Scan) -> list[tuple[str, Step]]:
    """The findings, each with the step of the scan at which it stands."""
    trace = trace_of(*scans)
    steps = {each.event_id: each.step for each in scans}
    return [(anomaly.code.value, steps[anomaly.event_id]) for anomaly in trace.anomalies]


def test_an_honest_life_has_no_findings() -> None:
    life = [
        promised("announced", 0, "2026-07-01T12:00:00+08:00"),
        scan("accepted", 1, station="A"),
        scan("screened", 2, station="A"),
        scan("bagged", 2, station="A"),
        scan("departed", 3, station="A"),
        scan("arrived", 20, station="B"),
        scan("unbagged", 20, station="B"),
        scan("departed", 22, station="B"),
        scan("arrived", 30, station="C"),
        scan("out_for_delivery", 31, station="C"),
        scan("attempted", 33, station="C"),
        scan("stored", 34, station="C"),
        scan("delivered", 90, station="C"),
    ]
    trace = trace_of(*life)
    assert trace.anomalies == []
    assert trace.parcel.findings == {}
    assert trace.parcel.gaps == 0


def test_what_the_intake_saw_is_told_at_its_event() -> None:
    assert codes(scan("accepted", intake_findings=("clock_skew", "seq_reused"))) == [
        ("clock_skew", Step.ACCEPTED),
        ("seq_reused", Step.ACCEPTED),
    ]


@pytest.mark.parametrize(
    ("identity", "missing"),
    [
        (None, True),
        (Identity(), True),
        (Identity(kind="RESIDENT_ID"), True),
        (Identity(checked=False), True),
        (Identity(agreement_no="A1"), True),
        (Identity(kind="RESIDENT_ID", checked=True), False),
        (Identity(exemption="LETTER"), False),
        (Identity(exemption="AGREEMENT_CUSTOMER", agreement_no="A1"), False),
    ],
)
def test_a_bare_acceptance_misses_the_mark_that_the_sender_was_identified(
    identity: Identity | None, missing: bool
) -> None:
    inspection = Inspection(result="PASSED", category="LETTER")
    trace = trace_of(scan("accepted", details=AcceptedDetails(identity=identity, inspection=inspection)))
    assert trace.parcel.identity_checked is not missing
    assert [anomaly.code for anomaly in trace.anomalies] == [Finding.IDENTITY_MISSING] * missing


def test_a_journey_without_an_acceptance_misses_it_once_where_it_begins() -> None:
    announced, departed = scan("announced", 0), scan("departed", 1, station="A")
    trace = trace_of(announced, departed, scan("arrived", 2, station="B"), scan("screened", 3, station="B"))
    [gap] = trace.anomalies
    assert (gap.code, gap.event_id) == (Finding.MISSING_ACCEPTED, departed.event_id)
    assert (gap.since, gap.until) == (announced.event_time, departed.event_time)


def test_a_gap_before_the_first_scan_has_no_beginning() -> None:
    [gap] = trace_of(scan("arrived", 5)).anomalies
    assert (gap.code, gap.since, gap.until) == (
        Finding.MISSING_ACCEPTED,
        None,
        trace_of(scan("arrived", 5)).scans[0].event_time,
    )


def test_a_late_acceptance_is_out_of_order_and_still_tells_when() -> None:
    trace = trace_of(scan("departed", 1), scan("accepted", 2))
    assert [anomaly.code for anomaly in trace.anomalies] == [Finding.MISSING_ACCEPTED, Finding.STEP_OUT_OF_ORDER]
    assert trace.parcel.accepted_at == trace.scans[1].event_time


def test_two_departures_from_different_stations_miss_an_arrival_between_them() -> None:
    road = [scan("accepted"), scan("departed", 1, station="A"), scan("departed", 9, station="B")]
    assert codes(*road) == [("missing_arrived", Step.DEPARTED)]
    assert codes(scan("accepted"), scan("departed", 1, station="A"), scan("departed", 2, station="A")) == []


def test_two_arrivals_at_different_stations_miss_a_departure_between_them() -> None:
    road = [scan("accepted"), scan("arrived", 1, station="A"), scan("arrived", 9, station="B")]
    assert codes(*road) == [("missing_departed", Step.ARRIVED)]
    assert codes(scan("accepted"), scan("arrived", 1, station="A"), scan("arrived", 2, station="A")) == []


@pytest.mark.parametrize("step", ["out_for_delivery", "stored"])
def test_delivery_after_a_departure_misses_the_arrival(step: str) -> None:
    assert codes(scan("accepted"), scan("departed", 1), scan(step, 2)) == [("missing_arrived", Step(step))]


def test_a_handover_begins_the_road_anew() -> None:
    road = [
        scan("accepted"),
        scan("departed", 1, station="A"),
        scan("handed_over", 2),
        scan("departed", 3, station="B"),
    ]
    assert codes(*road) == []


def test_a_sign_off_without_a_delivery_round_misses_it() -> None:
    assert codes(scan("accepted"), scan("delivered", 1)) == [("missing_out_for_delivery", Step.DELIVERED)]
    assert codes(scan("accepted"), scan("stored", 1), scan("delivered", 2)) == []
    assert codes(scan("accepted"), scan("out_for_delivery", 1), scan("delivered", 2)) == []


@pytest.mark.parametrize(("hour", "found"), [(24, 0), (24.001, 1), (100, 1)])
def test_more_than_a_day_without_a_scan_is_silence(hour: float, found: int) -> None:
    accepted, arrived = scan("accepted"), scan("arrived", hour)
    trace = trace_of(accepted, arrived)
    assert [anomaly.code for anomaly in trace.anomalies] == [Finding.SILENCE] * found
    if found:
        [gap] = trace.anomalies
        assert (gap.event_id, gap.since, gap.until) == (arrived.event_id, accepted.event_time, arrived.event_time)


@pytest.mark.parametrize("step", ["held", "refused", "stored", "lost"])
def test_a_parcel_that_waits_may_be_silent(step: str) -> None:
    found = {code for code, _ in codes(scan("accepted"), scan(step, 1), scan("arrived", 200))}
    assert "silence" not in found


def test_before_acceptance_nothing_is_silent() -> None:
    assert codes(scan("announced", 0), scan("accepted", 200)) == []


@pytest.mark.parametrize(
    ("found", "codes_"),
    [
        ("arrived", ["found"]),
        ("out_for_delivery", ["found"]),
        ("delivered", ["missing_out_for_delivery", "found"]),
        ("returned", ["found"]),
        ("lost", []),
        ("screened", []),
    ],
)
def test_a_parcel_that_moves_again_after_it_was_lost_is_found(found: str, codes_: list[str]) -> None:
    assert [code for code, _ in codes(scan("accepted"), scan("lost", 1), scan(found, 2))] == codes_


def test_a_scan_after_the_end_makes_no_gap_of_its_own() -> None:
    ended = [scan("accepted"), scan("out_for_delivery", 1), scan("delivered", 2)]
    assert codes(*ended, scan("departed", 99, station="Z")) == [("scan_after_final", Step.DEPARTED)]


def test_another_promise_than_the_first_is_a_finding_and_the_same_is_none() -> None:
    same = [promised("accepted", 0, "2026-07-03"), promised("out_for_delivery", 1, "2026-07-04T00:00:00+08:00")]
    assert codes(*same) == []
    other = [promised("accepted", 0, "2026-07-03"), promised("out_for_delivery", 1, "2026-07-05")]
    assert codes(*other) == [("promise_changed", Step.OUT_FOR_DELIVERY)]


def test_a_correction_of_something_unknown_is_a_finding_until_it_comes() -> None:
    target = scan("departed", 1)
    fix = correction(target, "incorrect_data", 1)
    assert codes(scan("accepted"), fix) == [("correction_without_target", Step.DEPARTED)]
    assert codes(scan("accepted"), fix, target) == []


def test_findings_are_counted_and_gaps_apart() -> None:
    trace = trace_of(
        scan("departed", 0, station="A"), scan("departed", 1, station="B"), scan("departed", 2, station="C")
    )
    assert trace.parcel.findings == {Finding.MISSING_ACCEPTED: 1, Finding.MISSING_ARRIVED: 2}
    assert trace.parcel.gaps == 3
    assert {code for code in Finding if code.value.startswith("missing_a")} < GAPS
    assert Finding.SCAN_AFTER_FINAL not in GAPS


def test_the_time_of_a_gap_is_the_devices_own() -> None:
    [gap] = trace_of(scan("arrived", 7)).anomalies
    assert gap.until is not None
    assert (gap.until - START).total_seconds() == 7 * 3600
