"""Acceptances with their sealed records (封存收寄), as a counter sends them, and without."""

import os
from typing import Any
from uuid import UUID

from tests.intake.devices import NOW, Device, fresh_id
from tests.wire.test_sealing import KEY
from tracker.intake.delivery import Delivery
from tracker.wire.details import AcceptedDetails, Identity, Inspection
from tracker.wire.event import ScanEvent
from tracker.wire.identity_record import IdentityRecord, Masked, Subject, encode_record
from tracker.wire.message import encode_batch
from tracker.wire.sealing import PersonalContent, commitment_of, seal
from tracker.wire.topics import Channel


def document() -> PersonalContent:
    """A sender's document, with a salt of its own."""
    return PersonalContent(salt=os.urandom(32), document_kind="RESIDENT_ID", document_number="11010519491231002X")


def checked(content: PersonalContent | None) -> AcceptedDetails:
    """What an event says that claims a check of this document; None: of one that it does not commit to."""
    commitment = None if content is None else commitment_of(content)
    return AcceptedDetails(
        identity=Identity(kind="RESIDENT_ID", checked=True, commitment=commitment),
        inspection=Inspection(result="PASSED", category="BOOKS"),
    )


def accept(device: Device, content: PersonalContent | None, waybill_no: str = "W1", **told: Any) -> ScanEvent:
    """The acceptance that claims it."""
    return device.scan(waybill_no, "accepted", details=checked(content), **told)


def record_of(
    content: PersonalContent, event_id: UUID, waybill_no: str = "W1", record_id: UUID | None = None
) -> IdentityRecord:
    """The record of a document, sealed for an event."""
    record_id = record_id or fresh_id(NOW)
    box = seal(content, key=KEY, record_id=record_id, event_id=event_id)
    return IdentityRecord(
        record_id=record_id, seq=1, event_id=event_id, waybill_no=waybill_no, subject=Subject.REGISTER, kid=KEY.kid,
        commitment=box.commitment, sealed=box.sealed, masked=Masked(),
    )  # fmt: skip


def send(device: Device, *records: IdentityRecord) -> Delivery:
    """A batch of records as the broker gives it."""
    payload = encode_batch(
        [encode_record(each) for each in records],
        post=device.post, key=device.key, batch_id=fresh_id(NOW), sent_at=NOW, channel=Channel.IDENTITIES,
    )  # fmt: skip
    return Delivery(device.post, payload, channel=Channel.IDENTITIES)
