"""The state of a parcel: each row of the state table, and final states that stay."""

import pytest

from tests.chain.builders import scan
from tracker.chain.findings import Finding
from tracker.chain.state import FINAL, State
from tracker.chain.trace import Trace, build_trace
from tracker.wire.steps import Step

# How a parcel comes into each state, from nothing.
INTO: dict[State | None, list[str]] = {
    None: [],
    State.ANNOUNCED: ["announced"],
    State.ACCEPTED: ["accepted"],
    State.IN_TRANSIT: ["accepted", "departed"],
    State.OUT_FOR_DELIVERY: ["accepted", "out_for_delivery"],
    State.AWAITING_PICKUP: ["accepted", "stored"],
    State.RETURNING: ["accepted", "returning"],
    State.HELD: ["accepted", "held"],
    State.LOST: ["accepted", "lost"],
    State.DELIVERED: ["accepted", "out_for_delivery", "delivered"],
    State.RETURNED: ["accepted", "returned"],
    State.DESTROYED: ["accepted", "destroyed"],
}
OPEN = [state for state in INTO if state not in FINAL]


def trace_of(*steps: str) -> Trace:
    trace = build_trace([scan(step, hour) for hour, step in enumerate(steps)])
    assert trace is not None
    return trace


def findings_at_end(state: State | None, step: str) -> set[Finding]:
    trace = trace_of(*INTO[state], step)
    return {anomaly.code for anomaly in trace.anomalies if anomaly.event_id == trace.scans[-1].event_id}


def after(state: State | None, step: str) -> State | None:
    return trace_of(*INTO[state], step).state


@pytest.mark.parametrize("state", [state for state in INTO if state is not None])
def test_each_state_is_reached(state: State) -> None:
    assert trace_of(*INTO[state]).state is state


@pytest.mark.parametrize("step", ["announced", "accepted"])
@pytest.mark.parametrize("state", OPEN)
def test_announced_and_accepted_begin_a_life_and_are_out_of_order_later(state: State | None, step: str) -> None:
    begins = state in (None, State.ANNOUNCED)
    assert after(state, step) == (State(step) if begins else state)
    assert (Finding.STEP_OUT_OF_ORDER in findings_at_end(state, step)) == (not begins)


@pytest.mark.parametrize("step", ["screened", "bagged", "unbagged", "damaged", "attempted"])
@pytest.mark.parametrize("state", OPEN)
def test_handling_leaves_the_state_as_it_was(state: State | None, step: str) -> None:
    assert after(state, step) == (state or State.IN_TRANSIT)
    assert trace_of(*INTO[state], step).parcel.damaged == (step == "damaged")


@pytest.mark.parametrize("step", ["departed", "arrived", "handed_over"])
@pytest.mark.parametrize("state", OPEN)
def test_a_move_puts_a_parcel_in_transit_unless_it_is_returning(state: State | None, step: str) -> None:
    assert after(state, step) == (State.RETURNING if state is State.RETURNING else State.IN_TRANSIT)
    assert (Finding.FOUND in findings_at_end(state, step)) == (state is State.LOST)


@pytest.mark.parametrize(
    ("step", "new"), [("out_for_delivery", State.OUT_FOR_DELIVERY), ("stored", State.AWAITING_PICKUP)]
)
@pytest.mark.parametrize("state", OPEN)
def test_delivery_begins_unless_a_parcel_is_returning(state: State | None, step: str, new: State) -> None:
    assert after(state, step) == (State.RETURNING if state is State.RETURNING else new)


@pytest.mark.parametrize(
    ("step", "new"),
    [
        ("refused", State.HELD),
        ("held", State.HELD),
        ("returning", State.RETURNING),
        ("lost", State.LOST),
        ("delivered", State.DELIVERED),
        ("returned", State.RETURNED),
        ("destroyed", State.DESTROYED),
    ],
)
@pytest.mark.parametrize("state", OPEN)
def test_an_end_or_a_stop_is_taken_from_any_state_that_is_not_final(state: State | None, step: str, new: State) -> None:
    assert after(state, step) == new
    assert (Finding.FOUND in findings_at_end(state, step)) == (state is State.LOST and new is not State.LOST)


def test_every_step_has_a_row_in_these_tests() -> None:
    rows = {"announced", "accepted", "screened", "bagged", "unbagged", "damaged", "attempted", "departed", "arrived"}
    rows |= {"handed_over", "out_for_delivery", "stored", "refused", "held", "returning", "lost"}
    assert rows | {state.value for state in FINAL} == {step.value for step in Step}


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_final_state_stays_and_what_follows_is_a_finding(state: State, step: Step) -> None:
    before, trace = trace_of(*INTO[state]), trace_of(*INTO[state], step.value)
    assert trace.state is state
    assert trace.parcel.final_at == before.parcel.final_at
    assert trace.parcel.damaged is False
    assert findings_at_end(state, step.value) - {Finding.IDENTITY_MISSING} == {Finding.SCAN_AFTER_FINAL}


@pytest.mark.parametrize("hours", [(5, 6), (6, 5)])
def test_the_first_final_state_in_order_wins_whichever_arrives_first(hours: tuple[int, int]) -> None:
    delivered, returned = scan("delivered", hours[0]), scan("returned", hours[1])
    for order in ([delivered, returned], [returned, delivered]):
        trace = build_trace([scan("accepted"), *order])
        assert trace is not None
        assert trace.state == (State.DELIVERED if hours[0] < hours[1] else State.RETURNED)


def test_at_the_same_time_the_order_of_the_steps_decides_and_then_the_id() -> None:
    together = [scan(step, 5) for step in ("destroyed", "departed", "delivered", "accepted", "returned")]
    trace = build_trace(together)
    assert trace is not None
    assert [each.step for each in trace.scans] == ["accepted", "departed", "delivered", "returned", "destroyed"]
    assert trace.state is State.DELIVERED
    first, second = scan("delivered", 5, operator="C1"), scan("delivered", 5, operator="C2")
    twins = build_trace([second, first])
    assert twins is not None
    assert first.event_id < second.event_id
    assert twins.scans == [first, second]
    assert twins.parcel.last_operator == "C1"


def test_what_comes_after_the_end_changes_no_fact_of_the_parcel() -> None:
    ended = [scan("accepted", 0, station="A"), scan("out_for_delivery", 90, operator="C1", station="B")]
    ended.append(scan("delivered", 100, operator="C1", station="B"))
    late = [scan("screened", 101, station="Z", operator="C9"), scan("stored", 102, station="Z", operator="C9")]
    before, now = build_trace(ended), build_trace([*ended, *late])
    assert before is not None
    assert now is not None
    assert (now.parcel.last_station, now.parcel.last_operator) == ("B", "C1")
    assert now.parcel.screened is False
    assert now.parcel.stored_without_consent is False
    assert (now.parcel.scans, before.parcel.scans) == (5, 3)
    assert now.parcel.last_time == late[-1].event_time


def test_no_scans_are_no_trace() -> None:
    assert build_trace([]) is None
