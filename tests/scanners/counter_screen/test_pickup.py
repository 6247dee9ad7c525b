"""Signing off with a pickup code: the right one, and every wrong one, with its answer and its count, on disk."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from scanners.counter.shelf import FREE_TRIES, KEPT_FOR
from scanners.counter.sign_off import Codes
from scanners.outbox import OutboxError
from tests.scanners.counter_screen.world import KEY, World
from tracker.wire.event import decode_event
from tracker.wire.pickup_code import commit_to_pickup_code, fits_commitment, pickup_code, stored_in

STORED = {"place_kind": "pickup_station", "consent": {"kind": "app"}}
SIGNED = {"signer": "self", "proof": {"kind": "pickup_code"}}
OTHER_KEY = b"o" * 32


def scan(world: World, step: str, typed: str = "W1", **told: Any) -> Any:
    world.now += timedelta(seconds=2)
    return world.ask("/api/scan", {"step": step, "typed": typed} | told)


def store(world: World, typed: str = "W1", step: str = "stored") -> UUID:
    details = STORED if step == "stored" else {}
    return UUID(scan(world, step, typed, details=details)["kept"][0]["event_id"])


def sign(world: World, code: str, typed: str = "W1") -> Any:
    return scan(world, "delivered", typed, details=SIGNED, code=code)


def code_of(event_id: UUID, typed: str = "W1", key: bytes = KEY) -> str:
    return pickup_code(key, typed, event_id)


def refused(why: str) -> dict[str, str]:
    return {"fault": "code_refused", "why": why}


@pytest.mark.parametrize("step", ["stored", "out_for_delivery"])
@pytest.mark.parametrize("spelled", ["{0}", "{0:.4} {0:4.4}", " {0}\r", "full width"])
def test_the_right_code_signs_off_and_the_event_commits_to_it(world: World, step: str, spelled: str) -> None:
    stored = store(world, step=step)
    code = code_of(stored)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    told = wide if spelled == "full width" else f"{code[:4]} {code[4:]}" if "." in spelled else spelled.format(code)
    assert [each["waybill_no"] for each in sign(world, told)["kept"]] == ["W1"]
    read = decode_event(world.bodies()[-1])
    proof = read.details.proof
    assert (proof.kind, stored_in(proof.commitment)) == ("pickup_code", stored)
    assert fits_commitment(proof.commitment, KEY, "W1", delivered=read.scan.event_id)
    assert code.encode() not in world.on_disk()


def test_a_page_cannot_bring_a_commitment_of_its_own(world: World) -> None:
    forged = commit_to_pickup_code(KEY, "W1", stored=UUID(int=1), delivered=UUID(int=2))
    details = {"signer": "self", "proof": {"kind": "hand", "commitment": forged}}
    scan(world, "delivered", details=details)
    assert decode_event(world.bodies()[-1]).details.proof.commitment is None
    assert scan(world, "delivered", "W2", details={"signer": "self", "proof": {"kind": "my_word"}}) == {
        "fault": "missing", "field": "proof"}  # fmt: skip


def test_without_a_code_it_waits_for_one(world: World) -> None:
    store(world)
    assert sign(world, " ") == {"fault": "missing", "field": "code"}
    assert len(world.bodies()) == 1


def test_every_wrong_code_is_told_what_it_is_and_signs_nothing(world: World) -> None:
    first, other = store(world), store(world, "W2")
    newest = store(world)
    assert sign(world, code_of(first)) == refused("older")
    assert sign(world, code_of(other, "W2")) == refused("wrong")
    assert sign(world, code_of(newest, key=OTHER_KEY)) == refused("wrong")
    assert sign(world, "' OR 1=1 --<b>") == refused("wrong")
    assert len(world.bodies()) == 3
    assert sign(world, code_of(newest))["kept"]
    assert sign(world, code_of(newest)) == refused("used"), "replayed"
    assert sign(world, code_of(first)) == refused("used")


def test_a_parcel_that_lies_elsewhere_cannot_be_checked_and_is_not_counted(world: World) -> None:
    for _ in range(FREE_TRIES + 1):
        assert sign(world, "12345678") == refused("not_here")


@pytest.mark.parametrize("step", ["delivered", "stored"])
def test_eight_digits_are_signed_off_only_where_they_were_scanned_before(world: World, step: str) -> None:
    """They are what a pickup code looks like, and a sign-off of a parcel that is nowhere would stand for ever."""
    details = {"signer": "self", "proof": {"kind": "hand"}} if step == "delivered" else STORED
    told = scan(world, step, "12345678", details=details)
    assert told == {"fault": "code_for_waybill"} if step == "delivered" else told["kept"]
    scan(world, "arrived", "12345678", details={})
    assert scan(world, step, "12345678", details=details)["kept"]


def test_wrong_codes_are_logged_without_the_code_and_lock_the_parcel_longer_each_time(world: World) -> None:
    stored = store(world)
    store(world, "W2")
    with capture_logs() as logged:
        answers = [sign(world, "00000000") for _ in range(FREE_TRIES)]
    assert answers[:-1] == [refused("wrong")] * (FREE_TRIES - 1)
    assert answers[-1] == {"fault": "code_locked", "seconds": 901}
    assert [(each["event"], each["reason"], each["tries"]) for each in logged] == [
        ("pickup_code_refused", "wrong", tries) for tries in range(1, FREE_TRIES + 1)]  # fmt: skip
    assert "00000000" not in str(logged)
    assert sign(world, code_of(stored))["fault"] == "code_locked", "the right one is not looked at either"
    assert sign(world, "00000000", "W2") == refused("wrong"), "another parcel is not locked"
    world.now += timedelta(minutes=16)
    assert sign(world, "00000000") == {"fault": "code_locked", "seconds": 1801}
    world.now += timedelta(minutes=31)
    assert sign(world, code_of(stored))["kept"]


def test_the_lock_outlives_a_restart(world: World) -> None:
    stored = store(world)
    for _ in range(FREE_TRIES):
        sign(world, "00000000")
    world.reopen_shelf()
    assert sign(world, code_of(stored))["fault"] == "code_locked"


def test_what_is_undone_is_undone_for_its_code_too(world: World) -> None:
    first = store(world)
    wrong = store(world)
    world.ask("/api/undo", {"event_id": str(wrong)})
    assert sign(world, code_of(wrong)) == refused("wrong")
    signed = sign(world, code_of(first))["kept"][0]["event_id"]
    world.ask("/api/undo", {"event_id": signed})
    assert sign(world, code_of(first))["kept"]


def test_a_parcel_signed_for_in_another_way_has_no_code_any_more(world: World) -> None:
    stored = store(world)
    scan(world, "delivered", details={"signer": "self", "proof": {"kind": "hand"}})
    assert sign(world, code_of(stored)) == refused("used")
    again = store(world)
    assert sign(world, code_of(again))["kept"], "stored again it has a new one"


def test_a_sign_off_that_the_disk_does_not_take_leaves_the_code_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = store(world)

    def full(*_: object) -> None:
        raise OutboxError("full")

    with monkeypatch.context() as patched:
        patched.setattr(world.desk, "outbox", type("Full", (), {"put": full})())
        assert sign(world, code_of(stored)) == {"fault": "outbox"}
    assert sign(world, code_of(stored))["kept"]


def test_a_device_enrolled_before_there_were_codes_says_so(world: World) -> None:
    stored = store(world)
    world.desk.codes = Codes(world.shelf, None)
    assert sign(world, code_of(stored)) == {"fault": "no_code_key"}


def test_the_shelf_forgets_what_nobody_came_for(world: World) -> None:
    stored = store(world)
    world.now += KEPT_FOR + timedelta(seconds=1)
    store(world, "W2")
    assert sign(world, code_of(stored)) == refused("not_here")
