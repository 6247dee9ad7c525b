"""Handing over by both parties' scan, and a bag that is scanned for itself."""

from datetime import timedelta
from typing import Any

import pytest

from scanners.counter.handling import BAG_STEPS, STEPS
from scanners.counter.shifts import FREE_TRIES
from tests.scanners.counter_screen.world import BADGE, CLERK, DRIVER, DRIVERS_BADGE, World
from tracker.wire.event import decode_event
from tracker.wire.steps import Step

TO = {"to_station": "S2"}


def scan(world: World, step: str = "handed_over", typed: str = "W1", **told: Any) -> Any:
    world.now += timedelta(seconds=2)
    return world.ask("/api/scan", {"step": step, "typed": typed} | told)


def test_the_event_names_whose_badge_it_was_and_nothing_keeps_the_badge(world: World) -> None:
    assert scan(world, details=TO | {"counterpart": "C9"}, badge=DRIVERS_BADGE)["kept"]
    read = decode_event(world.bodies()[0])
    assert (read.scan.operator, read.details.counterpart, read.details.to_station) == (CLERK, DRIVER, "S2")
    assert DRIVERS_BADGE.encode() not in world.on_disk()


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ({"details": TO}, {"fault": "missing", "field": "counterpart"}),
        ({"details": TO | {"counterpart": DRIVER}}, {"fault": "missing", "field": "counterpart"}),
        ({"details": {}, "badge": DRIVERS_BADGE}, {"fault": "missing", "field": "to"}),
        ({"details": TO, "badge": "BADGE-OF-NOBODY"}, {"fault": "counterpart_refused", "why": "nobody"}),
        ({"details": TO, "badge": BADGE}, {"fault": "counterpart_refused", "why": "yourself"}),
    ],
)
def test_without_the_other_partys_badge_nothing_is_handed_over(world: World, told: Any, answer: Any) -> None:
    assert scan(world, **told) == answer
    assert world.bodies() == []


def test_wrong_badges_lock_as_wrong_sign_ins_do(world: World) -> None:
    answers = [scan(world, details=TO, badge=f"GUESS-{number:05}")["fault"] for number in range(FREE_TRIES)]
    assert answers == ["counterpart_refused"] * (FREE_TRIES - 1) + ["sign_in_locked"]
    assert scan(world, details=TO, badge=DRIVERS_BADGE)["fault"] == "sign_in_locked"
    assert scan(world, "arrived")["kept"], "the other steps go on"
    world.clock += 31
    assert scan(world, details=TO, badge=DRIVERS_BADGE)["kept"]


def test_who_only_takes_over_signs_in_nowhere(world: World) -> None:
    for form in ({"badge": DRIVERS_BADGE}, {"code": DRIVER, "pin": ""}, {"code": DRIVER, "pin": "000000"}):
        assert world.ask("/api/sign-in", form)["fault"] == "sign_in_refused"


@pytest.mark.parametrize("step", STEPS)
def test_a_bag_is_scanned_at_the_steps_of_whole_bags_alone(world: World, step: Step) -> None:
    details = {"handed_over": TO, "held": {"reason": "weather"}, "damaged": {"reason": "wet"},
               "lost": {"reason": "stolen"}}.get(step, {})  # fmt: skip
    told = scan(world, step, " bag-7\r", details=details, badge=DRIVERS_BADGE, is_bag=True)
    if step not in BAG_STEPS:
        assert (told, world.bodies()) == ({"fault": "missing", "field": "step"}, [])
        return
    read = decode_event(world.bodies()[0])
    assert (read.scan.bag_no, read.scan.waybill_no, read.scan.step) == ("BAG-7", None, step)


def test_a_bag_is_on_the_days_list_counts_as_no_parcel_and_is_undone(world: World) -> None:
    event_id = scan(world, "departed", "BAG-7", is_bag=True)["kept"][0]["event_id"]
    scan(world, "departed", "W1")
    day = world.state()["day"]
    assert [(line["waybill_no"], line["is_bag"], line["can_undo"]) for line in day["lines"]] == [
        ("W1", False, True), ("BAG-7", True, True)]  # fmt: skip
    assert day["parcels"] == 1
    assert world.ask("/api/undo", {"event_id": event_id})["waybill_no"] == "BAG-7"
    undone = decode_event(world.bodies()[-1]).scan
    assert (undone.bag_no, undone.waybill_no, str(undone.corrects.event_id)) == ("BAG-7", None, event_id)
