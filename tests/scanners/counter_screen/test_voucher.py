"""A voucher at the counter: read whatever a scanner does to it, one parcel's, once, and what is wrong is said."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from scanners.reader import read_codes
from scanners.voucher_scan import find_voucher
from tests.scanners.counter_screen.world import World, acceptance
from tracker.wire.agreements import sign_agreements
from tracker.wire.event import decode_event
from tracker.wire.self_service import sign_self_service
from tracker.wire.signature import SigningKey
from web.bench.gate.crowd import list_agreements, list_devices
from web.bench.gate.people import NOW, voucher

PARCEL = "QN1408223190755"
VOUCHER = voucher(PARCEL, NOW)
WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in VOUCHER)


@pytest.fixture
def counter(world: World) -> World:
    """The world's counter with its carrier's list of self-service devices."""
    hold_list(world)
    return world


def hold_list(world: World, *, age: timedelta = timedelta(days=1)) -> None:
    tracker = SigningKey.generate()
    world.reporter.tracker_keys[tracker.kid] = tracker.verifying
    world.desk.self_service_file.write_text(sign_self_service(list_devices(age), tracker))


def brought(text: str, **told: Any) -> dict[str, Any]:
    return acceptance(evidence={"how": "preverified", "voucher": text}, **told)


def check(world: World, form: dict[str, Any]) -> tuple[str, list[str]]:
    told = world.ask("/api/check", form)
    return told["verdict"], [each["code"] for each in told["reasons"]]


@pytest.mark.parametrize(
    "typed",
    [VOUCHER, f"  {VOUCHER}\r\n", f"]Q1{VOUCHER}", WIDE, VOUCHER.swapcase(), f"*{VOUCHER}#", VOUCHER + VOUCHER],
    ids=["plain", "blanks", "AIM", "full-width", "caps lock", "prefix and suffix", "twice"],
)
def test_whatever_a_scanner_does_to_it_the_voucher_is_read(counter: World, typed: str) -> None:
    assert counter.ask("/api/read", {"typed": typed}) == {"waybill_nos": [], "voucher": VOUCHER}
    assert check(counter, brought(typed)) == ("ready", [])


def test_a_waybill_is_no_voucher_and_a_voucher_is_no_waybill(counter: World) -> None:
    assert counter.ask("/api/read", {"typed": PARCEL}) == {"waybill_nos": [PARCEL], "voucher": None}
    assert find_voucher(f"https://trace.example/t/{PARCEL}?k=eyJhbGciOiJ") is None
    with pytest.raises(ValueError, match="64"):
        read_codes(VOUCHER)


def test_its_acceptance_carries_the_checks_commitment_and_seals_no_document_again(counter: World) -> None:
    assert counter.ask("/api/accept", brought(VOUCHER))["verdict"] == "accepted"
    (body,) = counter.bodies()
    details: Any = decode_event(body).details
    told = (details.identity.kind, details.identity.exemption, details.identity.commitment, details.identity.checked)
    assert told == ("RESIDENT_ID", "SELF_SERVICE_PREVERIFIED", "c" * 43, None)
    assert counter.records().keys() == {"sender", "recipient"}


def test_it_serves_one_parcel_once_and_again_after_that_was_undone(counter: World) -> None:
    other = brought(VOUCHER, waybill_no="QN1408223190756")
    assert check(counter, other) == ("refused", ["preverification_of_another_parcel"])
    kept = counter.ask("/api/accept", brought(VOUCHER))
    assert check(counter, brought(VOUCHER)) == ("refused", ["preverification_used"])
    assert counter.ask("/api/accept", brought(VOUCHER))["verdict"] == "refused"
    counter.now += timedelta(minutes=1)
    counter.ask("/api/undo", {"event_id": kept["event_id"]})
    assert check(counter, brought(VOUCHER)) == ("ready", [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "preverification_missing"),
        (PARCEL, "preverification_unreadable"),
        (VOUCHER.upper(), "preverification_unreadable"),
        (VOUCHER[:-4], "preverification_unreadable"),
        ("e" * 2048, "preverification_unreadable"),
        (voucher(PARCEL, NOW, key=Ed25519PrivateKey.generate()), "preverification_unsigned"),
        (voucher(PARCEL, NOW + timedelta(minutes=5)), "preverification_ahead"),
        (voucher(PARCEL, NOW - timedelta(hours=73)), "preverification_too_old"),
    ],
)
def test_each_fault_has_its_reason_and_what_to_do(counter: World, text: str, reason: str) -> None:
    verdict, reasons = check(counter, brought(text))
    assert (verdict, reasons) == ("refused" if text else "pending", [reason])
    (said,) = counter.ask("/api/check", brought(text))["reasons"]
    assert said["do"]["zh-CN"]
    counter.ask("/api/accept", brought(text))
    assert counter.bodies() == []
    (refusal,) = counter.refusals.find(NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert refusal.reasons == (reason,)


def test_a_text_too_long_for_any_voucher_is_no_form(counter: World) -> None:
    assert counter.ask("/api/check", brought("e" * 2049)) == {"fault": "form_unreadable"}
    assert counter.ask("/api/read", {"typed": VOUCHER * 5}) == {"fault": "form_unreadable"}


def test_without_a_list_with_an_old_or_a_changed_one_nobody_is_exempt(world: World) -> None:
    assert check(world, brought(VOUCHER)) == ("refused", ["self_service_list_missing"])
    hold_list(world, age=timedelta(days=31))
    assert check(world, brought(VOUCHER)) == ("refused", ["self_service_list_stale"])
    hold_list(world)
    signed = world.desk.self_service_file.read_text()
    world.desk.self_service_file.write_text(signed.replace(signed[200], "A" if signed[200] != "A" else "B", 1))
    assert check(world, brought(VOUCHER)) == ("refused", ["self_service_list_missing"])
    world.reporter.tracker_keys.clear()
    world.desk.self_service_file.write_text(signed)
    assert check(world, brought(VOUCHER)) == ("refused", ["self_service_list_missing"])


def test_a_list_of_another_sort_is_none_though_the_tracker_signed_it(world: World) -> None:
    tracker = SigningKey.generate()
    world.reporter.tracker_keys[tracker.kid] = tracker.verifying
    world.desk.self_service_file.write_text(sign_agreements(list_agreements(), tracker))
    world.desk.agreements_file.write_text(sign_self_service(list_devices(), tracker))
    assert check(world, brought(VOUCHER)) == ("refused", ["self_service_list_missing"])
    agreed = {"how": "agreement", "agreement_no": "GOOD-1"}
    assert check(world, acceptance(evidence=agreed)) == ("refused", ["agreement_list_missing"])
