"""Sealed records open for the vault alone, the event commits to the first, and nobody stands in anything else."""

import os
from dataclasses import replace
from random import Random
from uuid import UUID

import pytest

from scanners.identity.gate import Accepted, decide
from scanners.identity.presented import Acceptance, Sender, Shown
from scanners.sealed_records import MAX_IMAGE_BYTES, NotAnImage, Sealer, seal_acceptance, seal_party
from tests.intake.devices import fresh_id
from tests.scanners.counter_screen.world import Reporter
from tests.scanners.identity.test_ten_thousand import held_agreements, held_devices
from tracker.wire.identity_record import IdentityRecord, decode_record, encode_record
from tracker.wire.sealing import PersonalContent
from tracker.wire.vault_keys import NoSealingKey, Purpose
from web.bench.gate.people import NOW, acceptance, of_an_organisation, resident_card

EVENT = fresh_id(NOW)
RECIPIENT = Sender("李四光", "13900139000", "北京市朝阳区建国路1号2单元302")
JPEG = b"\xff\xd8\xff" + b"0" * 1000


def sealer(reporter: Reporter, event_id: UUID = EVENT) -> Sealer:
    return Sealer(
        event_id, "W1", key_of=lambda purpose: reporter.sealing_key(purpose, moment=NOW), new_id=lambda: fresh_id(NOW),
        new_salt=lambda: os.urandom(32),
    )  # fmt: skip


def sealed(given: Acceptance, *, photograph: bytes | None = None) -> tuple[Reporter, list[IdentityRecord]]:
    outcome = decide(given, now=NOW, held=held_agreements(), devices=held_devices())
    assert isinstance(outcome, Accepted), outcome
    reporter = Reporter("2026-07")
    records = seal_acceptance(
        sealer(reporter), outcome.sealed, sender=given.sender, recipient=RECIPIENT, photograph=photograph
    )
    return reporter, records


def opened(reporter: Reporter, record: IdentityRecord) -> PersonalContent:
    read = decode_record(encode_record(record))
    return reporter.open(read.record, read.box)


def card() -> Acceptance:
    return acceptance(Random(1), resident_card(Random(1)))


def test_a_person_is_sealed_as_register_sender_recipient_and_photograph() -> None:
    given = card()
    assert isinstance(given.evidence, Shown)
    reporter, records = sealed(given, photograph=JPEG)
    assert [record.subject for record in records] == ["register", "sender", "recipient", "photograph"]
    register, sender, recipient, photograph = (opened(reporter, record) for record in records)
    assert register.document_kind == "RESIDENT_ID"
    assert register.name == sender.name == given.sender.name
    assert sender.address == given.sender.address
    assert (recipient.name, recipient.phone) == (RECIPIENT.name, RECIPIENT.phone)
    assert photograph.image == JPEG


def test_nothing_open_is_left_in_the_records_or_in_how_they_show_themselves() -> None:
    given = card()
    reporter, records = sealed(given, photograph=JPEG)
    number = opened(reporter, records[0]).document_number
    assert number is not None
    for record in records:
        for needle in (number, given.sender.name, given.sender.phone, given.sender.address, RECIPIENT.name):
            assert needle not in encode_record(record).decode()
            assert needle not in repr(record)
    assert records[0].masked.document_number == "*" * 14 + number[-4:]
    assert all(record.event_id == EVENT for record in records)


def test_an_organisation_is_registered_by_its_code_and_its_responsible_person_apart() -> None:
    given = of_an_organisation(Random(2), card())
    reporter, records = sealed(given)
    assert [record.subject for record in records][:2] == ["register", "responsible"]
    organisation, person = opened(reporter, records[0]), opened(reporter, records[1])
    assert organisation.organisation_name == given.sender.organisation
    assert organisation.organisation_code is not None
    assert organisation.document_number is None
    assert person.document_number is not None


def test_each_purpose_has_its_key_and_each_record_its_salt() -> None:
    reporter, records = sealed(card(), photograph=JPEG)
    assert {record.kid for record in records} == {
        reporter.sealing_key(purpose, moment=NOW).kid for purpose in (Purpose.REGISTER, Purpose.TRADE, Purpose.IMAGE)
    }
    assert len({opened(reporter, record).salt for record in records}) == len(records)


def test_without_the_vaults_key_nothing_is_sealed() -> None:
    with pytest.raises(NoSealingKey):
        seal_party(sealer(Reporter(None)), "sender", RECIPIENT)


def test_a_short_telephone_travels_without_a_masked_form() -> None:
    record = seal_party(sealer(Reporter("2026-07")), "sender", replace(RECIPIENT, phone="12345", address="北京"))
    assert record.masked.phone is None
    assert record.masked.address is None
    encode_record(record)


@pytest.mark.parametrize("image", [b"GIF89a", b"", JPEG + b"0" * MAX_IMAGE_BYTES])
def test_a_picture_of_another_kind_or_size_is_none(image: bytes) -> None:
    with pytest.raises(NotAnImage):
        sealer(Reporter("2026-07")).seal("photograph", image=image)


def test_the_largest_picture_fits_a_record() -> None:
    encode_record(sealer(Reporter("2026-07")).seal("photograph", image=JPEG.ljust(MAX_IMAGE_BYTES, b"0")))
