"""An acceptance's claim meets its sealed record: in any order, late, erased, corrected, by a stranger, or never."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy.engine import Engine

from tests.intake.devices import NOW, Device, Intake, fresh_id, gateway
from tests.intake.sealed import accept, document, record_of, send
from tracker.archive.source import find_events
from tracker.chain.findings import Finding
from tracker.chain.fold import fold
from tracker.chain.parcel import Parcel
from tracker.intake.claim_upkeep import find_missing_records
from tracker.store.claim_store import count_claims, drop_claims_between
from tracker.store.database import reading, transaction
from tracker.store.event_store import events_of
from tracker.store.identity_store import erase_records
from tracker.store.months import Month
from tracker.wire.details import AcceptedDetails, Identity
from tracker.wire.event import Correction
from tracker.wire.identity_record import Subject
from tracker.wire.sealing import commitment_of
from tracker.wire.topics import Post

TERM = timedelta(hours=72)
LATER = NOW + TERM + timedelta(minutes=1)
MISSING = Finding.IDENTITY_RECORD_MISSING


def look(intake: Intake, at: datetime = LATER) -> int:
    return find_missing_records(intake.engine, now=at, term=TERM)


def parcel(intake: Intake, waybill_no: str = "W1") -> Parcel:
    """The row, which equals what the events fold to."""
    with reading(intake.engine) as session:
        rebuilt, anomalies, _ = fold(events_of(session, waybill_no))
    row = intake.parcel(waybill_no)
    assert row == rebuilt
    assert sum(row.findings.values()) == len(anomalies)
    (column,) = intake.rows("SELECT identity_checked FROM parcel WHERE waybill_no = :no", no=waybill_no)
    assert bool(column[0]) is row.identity_checked
    return row


def counts(engine: Engine) -> tuple[int, int]:
    with reading(engine) as session:
        found = count_claims(session)
    return found.waiting, found.missing


def test_a_claim_without_a_commitment_has_a_finding_at_once_and_for_good(intake: Intake, device: Device) -> None:
    intake.record(device.deliver(accept(device, None)))
    found = parcel(intake)
    assert (found.findings, found.identity_checked) == ({Finding.IDENTITY_UNCOMMITTED: 1}, False)
    assert look(intake) == 0


def test_a_record_that_comes_with_its_event_leaves_nothing_to_wait_for(intake: Intake, device: Device) -> None:
    content = document()
    event = accept(device, content)
    intake.record(device.deliver(event), send(device, record_of(content, event.event_id)))
    assert counts(intake.engine) == (0, 0)
    assert look(intake) == 0
    assert (parcel(intake).findings, parcel(intake).identity_checked) == ({}, True)


@pytest.mark.parametrize("record_first", [True, False])
def test_a_record_proves_its_event_whichever_comes_first(intake: Intake, device: Device, record_first: bool) -> None:
    content = document()
    event = accept(device, content)
    scan, record = device.deliver(event), send(device, record_of(content, event.event_id))
    for each in (record, scan) if record_first else (scan, record):
        intake.record(each)
    assert counts(intake.engine) == (0, 0)
    assert look(intake) == 0


def test_a_record_that_does_not_come_within_the_term_is_a_finding_until_it_comes(
    intake: Intake, device: Device
) -> None:
    content = document()
    event = accept(device, content)
    intake.record(device.deliver(event, device.scan("W1", "departed", hours=-0.5)))
    assert (parcel(intake).findings, counts(intake.engine)) == ({}, (1, 0))
    assert look(intake, NOW + TERM) == 0
    assert look(intake) == 1
    found = parcel(intake)
    assert (found.findings, found.identity_checked, counts(intake.engine)) == ({MISSING: 1}, False, (0, 1))
    assert look(intake) == 0
    intake.record(device.deliver(device.scan("W1", "arrived", hours=-0.4)), at=LATER)  # by the fast path
    intake.record(device.deliver(device.scan("W1", "screened", hours=-0.6)), at=LATER)  # by a rebuild
    assert parcel(intake).findings == {MISSING: 1}
    intake.record(send(device, record_of(content, event.event_id)), at=LATER)
    found = parcel(intake)
    assert (found.findings, found.identity_checked, counts(intake.engine)) == ({}, True, (0, 0))


def test_an_archive_holds_the_finding_and_a_month_that_leaves_takes_the_claim(intake: Intake, device: Device) -> None:
    event = accept(device, document())
    month = Month.of(event.event_id)
    intake.record(device.deliver(event))
    look(intake)
    with reading(intake.engine) as session:
        assert [row[-2] for row in find_events(session, month)] == [MISSING.value]
    with transaction(intake.engine) as session:
        drop_claims_between(session, *month.plus(1).ids)
        assert count_claims(session).missing == 1
        drop_claims_between(session, *month.ids)
        assert count_claims(session).missing == 0


def test_many_that_are_due_are_found_in_parts(intake: Intake, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.intake.claim_upkeep.AT_ONCE", 3)
    intake.record(device.deliver(*(accept(device, document(), f"W{number}") for number in range(8))))
    assert look(intake) == 8
    assert all(parcel(intake, f"W{number}").findings == {MISSING: 1} for number in range(8))


def test_what_does_not_fit_proves_nothing(intake: Intake, device: Device) -> None:
    content, stranger = document(), intake.enrol(Device(Post("OTHER", "HZ-99", "PDA-9")))
    event, other = accept(device, content), accept(device, document(), "W2")
    fitting = record_of(content, event.event_id)
    intake.record(
        send(stranger, fitting),  # another device
        send(device, record_of(document(), event.event_id)),  # another commitment
        send(device, record_of(content, other.event_id)),  # another event
        send(device, record_of(content, event.event_id, "W2")),  # another parcel
        device.deliver(event),
    )
    assert look(intake) == 1
    assert parcel(intake).findings == {MISSING: 1}


def test_an_erased_record_is_no_finding_whenever_it_is_erased(intake: Intake, device: Device) -> None:
    content = document()
    event = accept(device, content)
    record = record_of(content, event.event_id)
    intake.record(device.deliver(event), send(device, record))
    with transaction(intake.engine) as session:
        assert erase_records(session, [record.record_id], at=NOW) == 1
    assert look(intake) == 0
    intake.record(device.deliver(device.scan("W1", "screened", hours=-2)))  # a rebuild
    assert MISSING not in parcel(intake).findings


def test_an_erased_record_that_is_sent_again_to_a_restored_store_proves_its_event(
    intake: Intake, device: Device
) -> None:
    content = document()
    event = accept(device, content)
    record = record_of(content, event.event_id)
    with transaction(intake.engine) as session:
        erase_records(session, [record.record_id], at=NOW)  # as the list says, before stations send again
    intake.record(device.deliver(event))
    intake.record(send(device, record))
    assert (counts(intake.engine), look(intake)) == ((0, 0), 0)


@pytest.mark.parametrize("again_first", [True, False])
def test_an_erased_record_proves_an_event_that_comes_after_its_erasure(
    intake: Intake, device: Device, again_first: bool
) -> None:
    one, other = document(), document()
    event, restored = accept(device, one), accept(device, other, "W2")
    records = [record_of(one, event.event_id), record_of(other, restored.event_id, "W2")]
    intake.record(send(device, records[0]))  # the other one came to the store that was lost
    with transaction(intake.engine) as session:
        assert erase_records(session, [each.record_id for each in records], at=NOW) == 1
    if again_first:
        intake.record(send(device, *records))
    intake.record(device.deliver(event, restored))
    if not again_first:
        intake.record(send(device, records[1]))
    assert (counts(intake.engine), look(intake)) == ((0, 0), 0)
    assert intake.rows("SELECT record_id FROM identity_record") == []


@pytest.mark.parametrize("event_first", [True, False])
def test_under_an_erased_id_nothing_else_is_proved(intake: Intake, device: Device, event_first: bool) -> None:
    content = document()
    event = accept(device, content)
    record = record_of(content, event.event_id)
    for each in (device.deliver(event), send(device, record))[:: 1 if event_first else -1]:
        intake.record(each)
    with transaction(intake.engine) as session:
        erase_records(session, [record.record_id], at=NOW)
    unseen = document()
    claim = accept(device, unseen, "W2")
    forged = send(device, record_of(unseen, claim.event_id, "W2", record.record_id))
    intake.record(forged)
    intake.record(device.deliver(claim))
    intake.record(forged)
    assert look(intake) == 1
    assert parcel(intake, "W2").findings == {MISSING: 1}


def test_an_erased_id_of_which_nothing_was_known_is_told_once(intake: Intake, device: Device) -> None:
    seen, unseen = document(), document()
    event, claim = accept(device, seen), accept(device, unseen, "W2")
    record = record_of(seen, event.event_id)
    with transaction(intake.engine) as session:
        erase_records(session, [record.record_id], at=NOW)
    intake.record(send(device, record, record_of(unseen, claim.event_id, "W2", record.record_id)))
    intake.record(device.deliver(event, claim))
    assert (look(intake), parcel(intake).findings, parcel(intake, "W2").findings) == (1, {}, {MISSING: 1})


def test_only_the_records_of_a_register_prove_a_check(intake: Intake, device: Device) -> None:
    content, erased = document(), document()
    events = accept(device, content), accept(device, erased, "W2")
    records = [
        structs.replace(record_of(each, event.event_id, event.waybill_no or ""), subject=Subject.SENDER)
        for each, event in zip((content, erased), events, strict=True)
    ]
    intake.record(send(device, *records))
    with transaction(intake.engine) as session:
        erase_records(session, [records[1].record_id], at=NOW)
    intake.record(device.deliver(*events))
    intake.record(send(device, *records))
    assert (look(intake), counts(intake.engine)) == (2, (0, 2))


def test_a_correction_stands_on_the_record_of_what_it_corrects(intake: Intake, device: Device) -> None:
    content = document()
    event = accept(device, content)
    record = record_of(content, event.event_id)
    intake.record(device.deliver(event), send(device, record))
    with transaction(intake.engine) as session:
        erase_records(session, [record.record_id], at=NOW)
    right = Correction(event.event_id, "incorrect_data")
    intake.record(device.deliver(accept(device, content, hours=-0.9, corrects=right)))
    assert (counts(intake.engine), look(intake), parcel(intake).identity_checked) == ((0, 0), 0, True)
    other = document()
    intake.record(device.deliver(accept(device, other, hours=-0.8, corrects=right)))  # the newest correction holds
    assert look(intake) == 1
    assert (parcel(intake).findings, parcel(intake).identity_checked) == ({MISSING: 1}, False)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_event_correction_and_record_come_in_any_order(intake: Intake, device: Device, order: list[int]) -> None:
    content = document()
    event = accept(device, content)
    correction = accept(device, content, hours=-0.9, corrects=Correction(event.event_id, "incorrect_data"))
    coming = [device.deliver(event), device.deliver(correction), send(device, record_of(content, event.event_id))]
    for number in order:
        intake.record(coming[number])
    assert (counts(intake.engine), look(intake)) == ((0, 0), 0)


def test_history_exemptions_and_bare_acceptances_claim_nothing(intake: Intake, device: Device) -> None:
    history = intake.enrol(gateway())
    post = Post("BLUEBIRD", "HZ-01", "replay")
    letter = AcceptedDetails(identity=Identity(exemption="LETTER"))
    unchecked = AcceptedDetails(identity=Identity(kind="RESIDENT_ID", checked=False))
    intake.record(
        history.deliver(accept(history, None, "W1"), accept(history, document(), "W2"), post=post),
        device.deliver(device.scan("W3", "accepted", details=letter), device.scan("W4", "accepted", details=unchecked)),
    )
    assert (counts(intake.engine), look(intake)) == ((0, 0), 0)
    found = {finding for number in range(1, 5) for finding in parcel(intake, f"W{number}").findings}
    assert not found & {MISSING, Finding.IDENTITY_UNCOMMITTED}


def test_only_the_acceptance_that_counts_takes_the_mark(intake: Intake, device: Device) -> None:
    content = document()
    first = accept(device, content)
    intake.record(
        device.deliver(first, accept(device, document(), hours=-0.9)),
        send(device, record_of(content, first.event_id)),
    )
    assert look(intake) == 1
    found = parcel(intake)
    assert found.findings == {MISSING: 1, Finding.STEP_OUT_OF_ORDER: 1}
    assert found.identity_checked


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_a_correction_of_a_correction_stands_on_the_first_record_in_any_order(
    intake: Intake, device: Device, order: list[int]
) -> None:
    content = document()
    event = accept(device, content)
    once = accept(device, content, hours=-0.9, corrects=Correction(event.event_id, "incorrect_data"))
    twice = accept(device, content, hours=-0.8, corrects=Correction(once.event_id, "incorrect_data"))
    coming = [device.deliver(event), device.deliver(once), device.deliver(twice)]
    coming.append(send(device, record_of(content, event.event_id)))
    for number in order:
        intake.record(coming[number])
    assert (counts(intake.engine), look(intake)) == ((0, 0), 0)


@pytest.mark.parametrize("order", list(permutations(range(2))), ids=str)
def test_a_correction_of_imported_history_inherits_no_claim(intake: Intake, device: Device, order: list[int]) -> None:
    history, post = intake.enrol(gateway()), Post("BLUEBIRD", "HZ-01", "replay")
    content = document()
    event = accept(history, content)
    right = Correction(event.event_id, "incorrect_data")
    coming = [
        history.deliver(event, post=post),
        device.deliver(accept(device, content, hours=-0.9, corrects=right)),
    ]
    for number in order:
        intake.record(coming[number])
    assert look(intake) == 1
    assert (parcel(intake).findings.get(MISSING), parcel(intake).identity_checked) == (1, False)


@pytest.mark.parametrize("first", [{"checked": False}, {"exemption": "SELF_SERVICE_PREVERIFIED"}])
def test_a_correction_inherits_no_claim_from_what_made_another_or_none(
    intake: Intake, device: Device, first: dict[str, Any]
) -> None:
    content = document()
    commitment = commitment_of(content)
    bare = AcceptedDetails(identity=Identity(kind="RESIDENT_ID", commitment=commitment, **first))
    event = device.scan("W1", "accepted", details=bare)
    intake.record(device.deliver(event))
    if "exemption" in first:  # a claim of a check beforehand, which is proved
        kiosk = intake.enrol(Device(Post("BLUEBIRD", "HZ-01", "KIOSK-1")), self_service=True)
        intake.record(send(kiosk, record_of(content, fresh_id(NOW - timedelta(hours=2)))))
    assert counts(intake.engine) == (0, 0)
    right = Correction(event.event_id, "incorrect_data")
    intake.record(device.deliver(accept(device, content, hours=-0.9, corrects=right)))
    assert look(intake) == 1
    assert (parcel(intake).findings.get(MISSING), parcel(intake).identity_checked) == (1, False)
