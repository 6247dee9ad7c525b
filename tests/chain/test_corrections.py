"""Corrections: what they take out and put in, who may make them and when, and corrections of corrections."""

from typing import Any

import pytest

from tests.chain.builders import Reason, correction, promised, scan
from tracker.chain.findings import Finding
from tracker.chain.scan import Scan
from tracker.chain.state import State
from tracker.chain.trace import Trace, build_trace
from tracker.wire.event import Correction

ACCEPTED = scan("accepted", 0)


def trace_of(*scans: Scan) -> Trace:
    """The trace, the same in whatever order the scans arrive."""
    trace = build_trace(scans)
    assert trace is not None
    assert build_trace(reversed(scans)) == trace
    return trace


def counting(*scans: Scan) -> list[Scan]:
    return trace_of(*scans).scans


def codes(*scans: Scan) -> list[Finding]:
    return [anomaly.code for anomaly in trace_of(*scans).anomalies]


def test_what_did_not_occur_counts_no_more_and_neither_does_the_correction() -> None:
    delivered = scan("delivered", 5)
    fix = correction(delivered, "did_not_occur", 6)
    trace = trace_of(ACCEPTED, delivered, fix)
    assert trace.scans == [ACCEPTED]
    assert trace.corrected == [delivered, fix]
    assert trace.state is State.ACCEPTED
    assert trace.anomalies == []
    assert (trace.parcel.final_at, trace.parcel.corrections, trace.parcel.scans) == (None, 1, 1)


def test_incorrect_data_gives_its_place_to_the_correction() -> None:
    delivered = scan("delivered", 5, operator="C1")
    fix = correction(delivered, "incorrect_data", 5.5, step="attempted", operator="C2")
    trace = trace_of(ACCEPTED, delivered, fix)
    assert trace.scans == [ACCEPTED, fix]
    assert trace.corrected == [delivered]
    assert trace.state is State.ACCEPTED


@pytest.mark.parametrize(("step", "hour"), [("delivered", 3), ("delivered", 5), ("attempted", 5), ("arrived", 2)])
def test_the_truth_may_lie_before_what_was_first_said(step: str, hour: float) -> None:
    delivered = scan("delivered", 5)
    fix = correction(delivered, "incorrect_data", hour, step=step, made=6)
    assert counting(ACCEPTED, delivered, fix) == [ACCEPTED, fix]


def test_a_correction_may_arrive_before_its_target() -> None:
    delivered = scan("delivered", 5)
    gone, changed = correction(delivered, "did_not_occur", 6), correction(delivered, "incorrect_data", 6)
    assert counting(ACCEPTED, gone) == [ACCEPTED]
    assert codes(ACCEPTED, gone) == [Finding.CORRECTION_WITHOUT_TARGET]
    assert counting(ACCEPTED, changed) == [ACCEPTED, changed]
    assert counting(gone, delivered, ACCEPTED) == [ACCEPTED]
    assert counting(changed, delivered, ACCEPTED) == [ACCEPTED, changed]


def test_when_nothing_is_left_the_parcel_is_still_known() -> None:
    fix = correction(ACCEPTED, "did_not_occur", 1, position=7)
    trace = trace_of(ACCEPTED, fix)
    assert (trace.scans, trace.state, trace.carrier) == ([], None, "BLUEBIRD")
    assert trace.parcel.last_position == max(7, ACCEPTED.position)
    assert trace.corrected == [ACCEPTED, fix]


@pytest.mark.parametrize(
    ("hour", "told", "allowed"),
    [
        (6, {}, True),
        (28, {}, True),
        (99, {}, True),
        (6, {"station": "S2"}, False),
        (29, {"station": "S2"}, False),
        (29.001, {"station": "S2"}, True),
        (5, {"station": "S2", "made": 30}, True),
        (0, {"station": "S2", "made": 6}, False),
        (6, {"carrier": "EVENWAY"}, False),
        (99, {"carrier": "EVENWAY", "station": "S2"}, False),
    ],
)
@pytest.mark.parametrize("reason", ["did_not_occur", "incorrect_data"])
def test_its_station_may_correct_at_once_its_carrier_after_a_day_and_another_carrier_never(
    hour: float, told: dict[str, Any], allowed: bool, reason: Reason
) -> None:
    delivered = scan("delivered", 5)
    fix = correction(delivered, reason, hour, **told)
    assert (delivered in counting(ACCEPTED, delivered, fix)) == (not allowed)
    assert (Finding.CORRECTION_NOT_ALLOWED in codes(ACCEPTED, delivered, fix)) == (not allowed)


def test_a_correction_that_is_not_allowed_changes_nothing_and_is_named() -> None:
    delivered = scan("delivered", 5)
    fix = correction(delivered, "did_not_occur", 6, carrier="EVENWAY")
    trace = trace_of(ACCEPTED, delivered, fix)
    assert trace.scans == [ACCEPTED, delivered]
    assert trace.corrected == [fix]
    [anomaly] = [each for each in trace.anomalies if each.event_id == fix.event_id]
    assert anomaly.code is Finding.CORRECTION_NOT_ALLOWED


def test_a_correction_that_did_not_occur_has_no_effect() -> None:
    delivered = scan("delivered", 5)
    fix = correction(delivered, "did_not_occur", 6)
    undo = correction(fix, "did_not_occur", 7)
    assert counting(ACCEPTED, delivered, fix, undo) == [ACCEPTED, delivered]
    assert codes(ACCEPTED, delivered, fix, undo) == [Finding.MISSING_OUT_FOR_DELIVERY]
    redo = correction(undo, "did_not_occur", 8)
    assert counting(ACCEPTED, delivered, fix, undo, redo) == [ACCEPTED]


def test_a_corrected_correction_hands_on_what_it_corrected() -> None:
    delivered = scan("delivered", 5)
    fix = correction(delivered, "incorrect_data", 5, operator="C1", made=6)
    better = correction(fix, "incorrect_data", 5, operator="C2", made=7)
    assert counting(ACCEPTED, delivered, fix, better) == [ACCEPTED, better]
    gone = correction(delivered, "did_not_occur", 6)
    instead = correction(gone, "incorrect_data", 5, step="attempted", made=7)
    assert counting(ACCEPTED, delivered, gone, instead) == [ACCEPTED, instead]


def test_of_several_corrections_of_one_event_the_last_made_holds() -> None:
    delivered = scan("delivered", 5)
    first = correction(delivered, "incorrect_data", 5, operator="C1", made=6)
    second = correction(delivered, "incorrect_data", 5, operator="C2", made=7)
    gone = correction(delivered, "did_not_occur", 8)
    assert counting(ACCEPTED, delivered, first, second) == [ACCEPTED, second]
    assert counting(ACCEPTED, delivered, first, second, gone) == [ACCEPTED]
    undo = correction(gone, "did_not_occur", 9)
    assert counting(ACCEPTED, delivered, first, second, gone, undo) == [ACCEPTED, second]
    polished = correction(first, "incorrect_data", 5, operator="C3", made=9)
    assert counting(ACCEPTED, delivered, first, second, polished) == [ACCEPTED, second]


def test_a_correction_of_another_carrier_does_not_outdo_a_good_one() -> None:
    delivered = scan("delivered", 5)
    good = correction(delivered, "incorrect_data", 5, made=6)
    foreign = correction(delivered, "did_not_occur", 9, carrier="EVENWAY")
    assert counting(ACCEPTED, delivered, good, foreign) == [ACCEPTED, good]


def test_corrections_in_a_circle_correct_nothing() -> None:
    first, second = scan("departed", 1), scan("arrived", 2)
    one = scan("departed", 1, event_id=first.event_id, corrects=Correction(second.event_id, "incorrect_data"))
    other = scan("arrived", 2, event_id=second.event_id, corrects=Correction(first.event_id, "incorrect_data"))
    assert counting(ACCEPTED, one, other) == [ACCEPTED]
    assert codes(ACCEPTED, one, other) == [Finding.CORRECTION_NOT_ALLOWED] * 2
    itself = scan("departed", 3, event_id=first.event_id, corrects=Correction(first.event_id, "did_not_occur"))
    assert counting(ACCEPTED, itself) == [ACCEPTED]
    assert codes(ACCEPTED, itself) == [Finding.CORRECTION_NOT_ALLOWED]


def test_a_correction_of_another_parcels_event_finds_no_target() -> None:
    assert codes(ACCEPTED, correction(scan("delivered", 5, waybill_no="W2"), "incorrect_data", 5, step="held")) == [
        Finding.CORRECTION_WITHOUT_TARGET
    ]


def test_a_long_chain_of_corrections_is_followed_to_its_end() -> None:
    chain = [scan("departed", 1)]
    for number in range(3000):
        chain.append(correction(chain[-1], "did_not_occur", 2 + number / 3600))
    assert counting(ACCEPTED, *chain) == [ACCEPTED, chain[0]]
    assert counting(ACCEPTED, *chain[:-1]) == [ACCEPTED]


def test_the_first_promise_is_that_of_the_scans_that_count() -> None:
    wrong = promised("departed", 1, "2026-07-02")
    right = promised("departed", 1, "2026-07-09")
    fix = scan("departed", 1, details=right.details, corrects=Correction(wrong.event_id, "incorrect_data"), made=2)
    parcel = trace_of(ACCEPTED, wrong, fix).parcel
    assert parcel.delivery_due == trace_of(ACCEPTED, right).parcel.delivery_due
    assert Finding.PROMISE_CHANGED not in parcel.findings
