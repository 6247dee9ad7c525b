"""Laws of the chain: arrival order and repeats never matter, the fast path equals the fold, an end is an end."""

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.chain.builders import lives, scan
from tracker.chain.corrections import apply_corrections
from tracker.chain.fold import advance, can_advance, fold
from tracker.chain.scan import Scan
from tracker.chain.state import FINAL
from tracker.chain.trace import build_trace
from tracker.wire.steps import Step


@given(lives(), st.data())
def test_any_arrival_order_and_any_repetition_give_the_same_trace(scans: list[Scan], data: st.DataObject) -> None:
    arrived = data.draw(st.permutations(scans))
    repeated = data.draw(st.lists(st.sampled_from(scans), max_size=5))
    assert build_trace([*arrived, *repeated]) == build_trace(scans)
    assert fold([*repeated, *arrived]) == fold(scans)


@given(lives(), st.data())
def test_a_late_scan_leads_where_it_would_have_led_in_time(scans: list[Scan], data: st.DataObject) -> None:
    late = data.draw(st.sampled_from(scans))
    in_time = [each for each in scans if each is not late]
    build_trace(in_time)
    assert build_trace([*in_time, late]) == build_trace(scans)


@given(lives(with_corrections=False), st.integers(0, 14))
def test_the_fast_path_equals_the_fold_of_everything(scans: list[Scan], at: int) -> None:
    ordered = sorted(scans, key=lambda each: each.fold_key)
    known, fresh = ordered[:at], ordered[at:]
    assume(known)
    parcel = fold(known)[0]
    assert can_advance(parcel, fresh)
    assert advance(parcel, fresh) == fold(ordered)[0]


@given(lives(), st.data())
def test_wherever_the_fast_path_is_open_it_equals_the_fold(scans: list[Scan], data: st.DataObject) -> None:
    arrived = data.draw(st.permutations(scans))
    at = data.draw(st.integers(1, len(arrived)))
    known, fresh = arrived[:at], sorted(arrived[at:], key=lambda each: each.fold_key)
    parcel = fold(known)[0]
    if can_advance(parcel, fresh):
        assert advance(parcel, fresh) == fold(arrived)[0]


@given(lives(with_corrections=False), st.integers(1, 13))
def test_the_fast_path_changes_nothing_of_the_parcel_it_starts_from(scans: list[Scan], at: int) -> None:
    ordered = sorted(scans, key=lambda each: each.fold_key)
    before, untouched = fold(ordered[:at])[0], fold(ordered[:at])[0]
    advance(before, ordered[at:])
    assert before == untouched


@given(lives())
def test_the_fast_path_is_closed_to_corrections_and_to_what_comes_earlier(scans: list[Scan]) -> None:
    parcel, _, counted = fold(scans)
    if any(each.corrects for each in scans):
        assert not can_advance(parcel, [scan(Step.ARRIVED, 1000)])
    elif counted:
        assert not can_advance(parcel, [counted[-1]])
        assert not can_advance(parcel, [scan(Step.ARRIVED, -1)])
        assert can_advance(parcel, [scan(Step.ARRIVED, 1000)])


@given(lives(with_corrections=False))
def test_the_first_final_state_in_order_wins(scans: list[Scan]) -> None:
    parcel = fold(scans)[0]
    ordered = sorted(scans, key=lambda each: each.fold_key)
    ends = [each for each in ordered if each.step.value in {state.value for state in FINAL}]
    if ends:
        assert (parcel.state, parcel.final_at) == (ends[0].step.value, ends[0].event_time)
    else:
        assert parcel.state not in FINAL
        assert parcel.final_at is None


@given(lives())
def test_nothing_is_lost_between_what_counts_and_what_was_corrected(scans: list[Scan]) -> None:
    trace = build_trace(scans)
    assert trace is not None
    kept, taken = {each.event_id for each in trace.scans}, {each.event_id for each in trace.corrected}
    assert kept | taken == {each.event_id for each in scans}
    assert not kept & taken
    assert trace.scans == sorted(trace.scans, key=lambda each: each.fold_key)
    assert trace.parcel.scans == len(kept)
    assert trace.parcel.last_position == max(each.position for each in scans)
    assert {anomaly.event_id for anomaly in trace.anomalies} <= kept | taken


@given(lives())
def test_the_parcel_counts_what_the_trace_shows(scans: list[Scan]) -> None:
    trace = build_trace(scans)
    assert trace is not None
    parcel = trace.parcel
    assert {step: times.count for step, times in parcel.steps.items()} == {
        step: sum(each.step is step for each in trace.scans) for step in {each.step for each in trace.scans}
    }
    for step, times in parcel.steps.items():
        moments = [each.event_time for each in trace.scans if each.step is step]
        assert (times.first, times.last) == (min(moments), max(moments))
    assert parcel.findings == {
        code: sum(anomaly.code is code for anomaly in trace.anomalies)
        for code in {anomaly.code for anomaly in trace.anomalies}
    }


@given(lives())
def test_scans_that_correct_nothing_and_are_not_corrected_always_count(scans: list[Scan]) -> None:
    counted, _ = apply_corrections(scans)
    targets = {each.corrects.event_id for each in scans if each.corrects}
    for each in scans:
        if each.corrects is None and each.event_id not in targets:
            assert each in counted
        if each.corrects is not None and each.corrects.reason == "did_not_occur":
            assert each not in counted


@given(lives())
def test_our_own_clock_and_the_log_change_no_fact(scans: list[Scan]) -> None:
    later = [replace(each, record_time=each.event_time.replace(year=2030), position=0) for each in scans]
    then, now = fold(later)[0], fold(scans)[0]
    assert replace(now, last_position=0, scans_late=then.scans_late) == then  # being recorded late is the one that may
