"""A parcel's state (状态): where it is in its life, and what each step makes of it."""

from enum import StrEnum

from tracker.wire.steps import Step


class State(StrEnum):
    """Where a parcel is in its life."""

    ANNOUNCED = "announced"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AWAITING_PICKUP = "awaiting_pickup"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    HELD = "held"
    LOST = "lost"
    DESTROYED = "destroyed"


FINAL = frozenset({State.DELIVERED, State.RETURNED, State.DESTROYED})
_STARTS = {Step.ANNOUNCED: State.ANNOUNCED, Step.ACCEPTED: State.ACCEPTED}
_LEAVES_STATE = frozenset({Step.SCREENED, Step.BAGGED, Step.UNBAGGED, Step.DAMAGED, Step.ATTEMPTED})
_MOVES = {
    Step.DEPARTED: State.IN_TRANSIT,
    Step.ARRIVED: State.IN_TRANSIT,
    Step.HANDED_OVER: State.IN_TRANSIT,
    Step.OUT_FOR_DELIVERY: State.OUT_FOR_DELIVERY,
    Step.STORED: State.AWAITING_PICKUP,
}
_SETS = {
    Step.REFUSED: State.HELD,
    Step.HELD: State.HELD,
    Step.RETURNING: State.RETURNING,
    Step.LOST: State.LOST,
    Step.DELIVERED: State.DELIVERED,
    Step.RETURNED: State.RETURNED,
    Step.DESTROYED: State.DESTROYED,
}


def next_state(state: State | None, step: Step) -> State | None:
    """The state after a step, from None or any state that is not final; None where the step is out of order.

    Announced and accepted begin a life. Screening, bags, damage and an attempt leave the state; on the way back a
    parcel stays returning wherever it is scanned.
    """
    if step in _STARTS:
        return _STARTS[step] if state is None or state is State.ANNOUNCED else None
    if step in _LEAVES_STATE:
        return state or State.IN_TRANSIT
    if step in _MOVES:
        return State.RETURNING if state is State.RETURNING else _MOVES[step]
    return _SETS[step]
