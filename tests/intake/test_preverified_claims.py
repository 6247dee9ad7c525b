"""A claim of self-service is proved by the record of a check beforehand, by a device that was one, and by none else."""

from datetime import timedelta
from typing import Any

import pytest

from tests.intake.devices import NOW, Device, Intake, fresh_id
from tests.intake.sealed import document, record_of, send
from tracker.chain.findings import Finding
from tracker.intake.claim_upkeep import find_missing_records
from tracker.store.database import reading, transaction
from tracker.store.identity_store import erase_records
from tracker.store.registry import revoke_device_keys
from tracker.store.self_service_store import self_service_terms
from tracker.wire.details import AcceptedDetails, Identity, Inspection
from tracker.wire.event import Correction, ScanEvent
from tracker.wire.identity_record import IdentityRecord
from tracker.wire.sealing import PersonalContent, commitment_of
from tracker.wire.topics import Post

TERM = timedelta(hours=72)
UNPROVED = Finding.EXEMPTION_UNPROVED
KIOSK, ELSEWHERE = Post("BLUEBIRD", "HZ-01", "KIOSK-1"), Post("EVENWAY", "HZ-02", "KIOSK-1")


@pytest.fixture
def kiosk(intake: Intake) -> Device:
    return intake.enrol(Device(KIOSK), self_service=True)


def posted(counter: Device, content: PersonalContent, waybill_no: str = "W1", **told: Any) -> ScanEvent:
    """The acceptance of a parcel whose sender was checked beforehand."""
    identity = Identity(
        kind="RESIDENT_ID", exemption="SELF_SERVICE_PREVERIFIED", commitment=commitment_of(content)
    )  # fmt: skip
    details = AcceptedDetails(identity=identity, inspection=Inspection(result="PASSED", category="BOOKS"))
    return counter.scan(waybill_no, "accepted", details=details, **told)


def checked(content: PersonalContent, *, hours: float = 2, waybill_no: str = "W1") -> IdentityRecord:
    """The record of a check so many hours ago; the acceptance is one hour old."""
    return record_of(content, fresh_id(NOW - timedelta(hours=hours)), waybill_no)


def outcome(intake: Intake, waybill_no: str = "W1") -> tuple[dict[str, int], bool]:
    """What the trace says once the term is over: findings, and whether the sender counts as identified."""
    find_missing_records(intake.engine, now=NOW + TERM + timedelta(hours=1), term=TERM)
    parcel = intake.parcel(waybill_no)
    return dict(parcel.findings), parcel.identity_checked


@pytest.mark.parametrize("record_first", [True, False])
def test_the_record_of_the_check_proves_it_whichever_comes_first(
    intake: Intake, device: Device, kiosk: Device, record_first: bool
) -> None:
    content = document()
    event, record = device.deliver(posted(device, content)), send(kiosk, checked(content))
    for each in (record, event) if record_first else (event, record):
        intake.record(each)
    assert outcome(intake) == ({}, True)


def test_together_in_one_commit_too_and_long_after(intake: Intake, device: Device, kiosk: Device) -> None:
    one, other = document(), document()
    intake.record(device.deliver(posted(device, one)), send(kiosk, checked(one)))
    assert outcome(intake) == ({}, True)
    intake.record(device.deliver(posted(device, other, "W2")))
    assert outcome(intake, "W2") == ({UNPROVED: 1}, False)
    intake.record(send(kiosk, checked(other, waybill_no="W2")), at=NOW + timedelta(days=5))
    assert outcome(intake, "W2") == ({}, True)


def test_a_bare_commitment_is_a_finding(intake: Intake, device: Device) -> None:
    intake.record(device.deliver(posted(device, document())))
    assert outcome(intake) == ({UNPROVED: 1}, False)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"waybill_no": "W2"}, "another parcel"),
        ({"hours": 0.5}, "after the acceptance"),
        ({"hours": 73.01}, "too long before"),
    ],
)
def test_a_record_that_no_voucher_could_be_of_proves_nothing(
    intake: Intake, device: Device, kiosk: Device, record: dict[str, Any], why: str
) -> None:
    content = document()
    intake.record(device.deliver(posted(device, content)), send(kiosk, checked(content, **record)))
    assert outcome(intake) == ({UNPROVED: 1}, False), why


@pytest.mark.parametrize("hours", [1, 73])
def test_the_first_and_the_last_moment_of_a_voucher_count(
    intake: Intake, device: Device, kiosk: Device, hours: int
) -> None:
    content = document()
    intake.record(device.deliver(posted(device, content)), send(kiosk, checked(content, hours=hours)))
    assert outcome(intake) == ({}, True)


def test_the_counters_own_record_of_the_same_event_proves_no_check_beforehand(intake: Intake, device: Device) -> None:
    content = document()
    event = posted(device, content)
    intake.record(device.deliver(event), send(device, record_of(content, event.event_id), checked(content)))
    assert outcome(intake) == ({UNPROVED: 1}, False)


def test_only_a_self_service_device_of_this_carrier_counts(intake: Intake, device: Device) -> None:
    other = intake.enrol(Device(ELSEWHERE), self_service=True)
    content = document()
    intake.record(device.deliver(posted(device, content)), send(other, checked(content)))
    assert outcome(intake) == ({UNPROVED: 1}, False)


def test_it_counts_while_it_is_one_by_our_clock(intake: Intake, device: Device, kiosk: Device) -> None:
    before, after = document(), document()
    intake.record(send(kiosk, checked(before)))
    with transaction(intake.engine) as session:
        revoke_device_keys(session, KIOSK, revoked_at=NOW + timedelta(minutes=1))
    later = Device(KIOSK)
    intake.enrol(later)  # the same machine, enrolled again, and not for this
    at = NOW + timedelta(minutes=2)
    intake.record(send(later, checked(after, waybill_no="W2")), at=at)
    intake.record(device.deliver(posted(device, before), posted(device, after, "W2")), at=at)
    assert outcome(intake) == ({}, True)
    assert outcome(intake, "W2") == ({UNPROVED: 1}, False)


def test_what_a_kiosk_had_not_sent_when_it_was_revoked_proves_nothing_until_it_is_one_again(
    intake: Intake, device: Device, kiosk: Device
) -> None:
    content = document()
    record = checked(content)
    with transaction(intake.engine) as session:
        revoke_device_keys(session, KIOSK, revoked_at=NOW)
    intake.keyring.refresh(missed=True)
    refused = intake.record(send(kiosk, record))  # a thief with the key could date a check back like this one
    intake.record(device.deliver(posted(device, content)))
    assert (refused.refused, outcome(intake)) == (1, ({UNPROVED: 1}, False))
    again = intake.enrol(Device(KIOSK), self_service=True)  # what waits in its outbox is signed anew
    intake.record(send(again, record), at=NOW + timedelta(days=5))
    assert outcome(intake) == ({}, True)


def test_a_check_whose_record_was_erased_before_the_parcel_was_accepted_counts(
    intake: Intake, device: Device, kiosk: Device
) -> None:
    content = document()
    record = checked(content)
    intake.record(send(kiosk, record))
    with transaction(intake.engine) as session:
        erase_records(session, [record.record_id], at=NOW)
    intake.record(device.deliver(posted(device, content)))
    assert outcome(intake) == ({}, True)


def test_a_correction_that_keeps_the_commitment_rests_on_the_same_check(
    intake: Intake, device: Device, kiosk: Device
) -> None:
    content = document()
    event = posted(device, content)
    intake.record(device.deliver(event), send(kiosk, checked(content)))
    corrects = Correction(event_id=event.event_id, reason="incorrect_data")
    intake.record(device.deliver(posted(device, content, hours=-0.5, corrects=corrects)))
    assert outcome(intake) == ({}, True)


def test_nobody_asks_the_registry_where_no_acceptance_rests_on_self_service(intake: Intake, device: Device) -> None:
    asked: list[str] = []
    content = document()
    with intake.watching(asked):
        intake.record(device.deliver(device.scan("W9")), send(device, record_of(content, fresh_id(NOW), "W9")))
    assert not [each for each in asked if "self_service" in each]
    with reading(intake.engine) as session:
        assert self_service_terms(session, []) == []
