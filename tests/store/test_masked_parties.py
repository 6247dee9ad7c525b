"""The masked parties: sender and recipient of one parcel by their newest records, and the digits that open its door."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
from sqlalchemy.engine import Engine

from tracker.store.database import reading, transaction
from tracker.store.identity_store import NewRecord, append_records
from tracker.store.masked_parties import masked_parties_of, phone_tails
from tracker.wire.identity_record import Masked, Subject

NOW = datetime(2026, 10, 18, 6, 3, tzinfo=UTC)


def record(waybill_no: str, subject: Subject, masked: Masked, *, seq: int) -> NewRecord:
    told, moment = msgspec.json.encode(masked), NOW + timedelta(seconds=seq)
    return NewRecord(uuid4(), waybill_no, uuid4(), subject, 1, seq, "kid", "c", told, b"box", moment)


def test_the_newest_record_of_sender_and_recipient_counts(engine: Engine) -> None:
    with transaction(engine) as session:
        append_records(session, [
            record("A1", Subject.RECIPIENT, Masked(name="李*", phone="*******1111"), seq=1),
            record("A1", Subject.RECIPIENT, Masked(name="王*", phone="*******8000"), seq=2),
            record("A1", Subject.SENDER, Masked(phone="******67"), seq=3),
            record("A1", Subject.AGENT, Masked(phone="*******7777"), seq=4),
            record("A1", Subject.REGISTER, Masked(document_number="**************002X"), seq=5),
            record("B2", Subject.SENDER, Masked(phone="*******9999"), seq=6),
        ])  # fmt: skip
    with reading(engine) as session:
        assert masked_parties_of(session, "A1") == {
            Subject.RECIPIENT: Masked(name="王*", phone="*******8000"),
            Subject.SENDER: Masked(phone="******67"),
        }
        assert phone_tails(masked_parties_of(session, "A1")) == {"8000"}
        assert masked_parties_of(session, "C3") == {}
        assert phone_tails(masked_parties_of(session, "C3")) == set()
