"""What is missing is missing and no violation; what cannot be is refused; what nobody knows is looked at again."""

from typing import Any

import pytest

from tests.scanners.counter_screen.world import PERSON, STRANGER, World, acceptance
from tracker.wire.details import AcceptedDetails
from tracker.wire.event import decode_event


def check(world: World, form: dict[str, Any]) -> tuple[str, list[str]]:
    told = world.ask("/api/check", form)
    return told["verdict"], [each["code"] for each in told["reasons"]]


@pytest.mark.parametrize("missing", ["name", "phone", "address"])
def test_a_recipient_without_one_of_the_three_is_not_complete(world: World, missing: str) -> None:
    form = acceptance(recipient=STRANGER | {missing: " "})
    assert check(world, form) == ("pending", ["recipient_incomplete"])
    world.ask("/api/accept", form)
    assert world.bodies() == []


def test_an_address_of_one_letter_names_no_place(world: World) -> None:
    assert check(world, acceptance(recipient=STRANGER | {"address": "x"})) == ("pending", ["recipient_incomplete"])


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"recipient": STRANGER | {"phone": "123"}}, "recipient_unreadable"),
        ({"recipient": STRANGER | {"name": "<b>"}}, "recipient_unreadable"),
        ({"sender": PERSON | {"phone": "123"}}, "contact_unreadable"),
        ({"destination": "999999"}, "destination_unknown"),
        ({"destination": "5001"}, "destination_unknown"),
        ({"waybill_no": "SF123"}, "waybill_miswritten"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(world: World, told: dict[str, Any], reason: str) -> None:
    assert check(world, acceptance(**told)) == ("refused", [reason])
    (said,) = world.ask("/api/check", acceptance(**told))["reasons"]
    assert said["do"]["zh-CN"]
    assert said["do"]["en"]


def test_a_number_that_no_rule_knows_is_taken_with_a_caution(world: World) -> None:
    told = world.ask("/api/check", acceptance(waybill_no="QQ77"))
    assert (told["verdict"], [each["code"] for each in told["cautions"]]) == ("ready", ["waybill_unrecognised"])
    assert world.ask("/api/check", acceptance(waybill_no="SF1234567890123"))["cautions"] == []


@pytest.mark.parametrize(
    ("taken", "asked", "cautioned"),
    [
        ("QQ14082231", "QQ14082255", False),
        ("QQ14082231", "QQ1408225", True),
        ("QQ14082231", "QZ14082255", True),
        ("QQ77", "QQ78", True),
    ],
)
def test_a_form_that_was_accepted_here_is_questioned_no_more(
    world: World, taken: str, asked: str, *, cautioned: bool
) -> None:
    assert world.ask("/api/accept", acceptance(waybill_no=taken))["verdict"] == "accepted"
    told = world.ask("/api/check", acceptance(waybill_no=asked))
    assert [each["code"] for each in told["cautions"]] == ["waybill_unrecognised"] * cautioned


def test_a_parcel_that_was_accepted_here_is_told_at_its_scan(world: World) -> None:
    world.ask("/api/accept", acceptance())
    told = world.ask("/api/read", {"typed": acceptance()["waybill_no"]})
    assert (told["fault"], told["when"]) == ("already_accepted", f"{world.now:%m-%d %H:%M}")
    kept = world.state()["day"]["lines"][0]["event_id"]
    world.ask("/api/undo", {"event_id": kept})
    assert world.ask("/api/read", {"typed": acceptance()["waybill_no"]})["waybill_nos"] == [acceptance()["waybill_no"]]


def test_a_destination_may_be_left_empty(world: World) -> None:
    assert world.ask("/api/accept", acceptance(destination=""))["verdict"] == "accepted"
    (read,) = map(decode_event, world.bodies())
    assert isinstance(read.details, AcceptedDetails)
    assert (read.details.origin, read.details.destination) == ("500112", None), "the counter's own place is the origin"


def test_a_documents_name_that_is_not_typed_yet_is_missing(world: World) -> None:
    form = acceptance()
    form["evidence"]["document"]["name"] = ""
    assert check(world, form) == ("pending", ["document_name_missing"])


def test_a_senders_name_that_is_not_typed_yet_is_no_other_name(world: World) -> None:
    assert check(world, acceptance(sender=PERSON | {"name": ""})) == ("pending", ["sender_incomplete"])
    assert check(world, acceptance(sender=PERSON | {"name": "李四"})) == ("refused", ["sender_mismatch"])
