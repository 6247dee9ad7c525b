"""The masked parties: by the newest records of the acceptance that counts, made by the device that accepted."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from tests.web.world import NOW, Told, World
from tracker.chain.trace import Trace, build_trace
from tracker.store.database import transaction
from tracker.store.event_store import events_of
from tracker.store.identity_store import NewRecord, append_records
from tracker.store.masked_parties import masked_parties_of, phone_tails
from tracker.store.registry import device_numbers
from tracker.wire.event import Correction
from tracker.wire.identity_record import Masked, Subject
from tracker.wire.steps import Step
from tracker.wire.topics import Post

OWN, OTHER = Post("BLUEBIRD", "CQ-01", "PDA-1"), Post("FLYGRAIN", "HZ-12", "PDA-9")
PHONE, FORGED = Masked(phone="*******8000"), Masked(phone="*******6666")


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    with transaction(engine) as session:
        world = World(session)
        world.register()
        yield world


@pytest.fixture
def session(world: World) -> Session:
    return world.session


def accept(world: World, number: str, *told: Told) -> list[UUID]:
    return world.record(number, "BLUEBIRD", [Told(Step.ACCEPTED, 9, "CQ-01"), *told])


def keep(session: Session, number: str, event_id: UUID, *told: tuple[Subject, Masked], by: Post = OWN) -> None:
    device_no = device_numbers(session, [by])[by]
    append_records(session, [
        NewRecord(
            uuid4(), number, event_id, subject, device_no, seq, "kid", "c", msgspec.json.encode(masked), b"box",
            NOW + timedelta(seconds=seq),
        )
        for seq, (subject, masked) in enumerate(told)
    ])  # fmt: skip


def trace(session: Session, number: str) -> Trace:
    found = build_trace(events_of(session, number))
    assert found is not None
    return found


def test_the_newest_record_of_sender_and_recipient_counts(world: World, session: Session) -> None:
    first, second = accept(world, "A1")[0], accept(world, "B2")[0]
    keep(
        session, "A1", first,
        (Subject.RECIPIENT, Masked(name="李*", phone="*******1111")),
        (Subject.RECIPIENT, Masked(name="王*", phone="*******8000")),
        (Subject.SENDER, Masked(phone="******67")),
        (Subject.AGENT, Masked(phone="*******7777")),
        (Subject.REGISTER, Masked(document_number="**************002X")),
    )  # fmt: skip
    keep(session, "B2", second, (Subject.SENDER, Masked(phone="*******9999")))
    found = masked_parties_of(session, trace(session, "A1"))
    assert found == {
        Subject.RECIPIENT: Masked(name="王*", phone="*******8000"),
        Subject.SENDER: Masked(phone="******67"),
    }
    assert phone_tails(found) == {"8000"}


def test_a_device_that_did_not_accept_the_parcel_gives_it_no_telephone(world: World, session: Session) -> None:
    [event_id, arrived] = accept(
        world, "A1", Told(Step.ARRIVED, 5, OTHER.station, carrier=OTHER.carrier, device=OTHER.device)
    )
    keep(session, "A1", event_id, (Subject.RECIPIENT, PHONE))
    for forged in (event_id, arrived, uuid4()):
        keep(session, "A1", forged, (Subject.RECIPIENT, FORGED), (Subject.SENDER, FORGED), by=OTHER)
    keep(session, "A1", uuid4(), (Subject.RECIPIENT, FORGED))
    assert masked_parties_of(session, trace(session, "A1")) == {Subject.RECIPIENT: PHONE}


def test_another_carriers_acceptance_gives_none(world: World, session: Session) -> None:
    [event_id, later] = accept(
        world, "A1", Told(Step.ACCEPTED, 5, OTHER.station, carrier=OTHER.carrier, device=OTHER.device)
    )
    keep(session, "A1", event_id, (Subject.RECIPIENT, PHONE))
    keep(session, "A1", later, (Subject.RECIPIENT, FORGED), by=OTHER)
    assert masked_parties_of(session, trace(session, "A1")) == {Subject.RECIPIENT: PHONE}


def test_an_acceptance_that_did_not_occur_gives_none_and_one_put_right_does(world: World, session: Session) -> None:
    for number, reason, kept in (("A1", "did_not_occur", False), ("B2", "incorrect_data", True)):
        [event_id] = accept(world, number)
        keep(session, number, event_id, (Subject.RECIPIENT, PHONE))
        world.record(number, "BLUEBIRD", [Told(Step.ACCEPTED, 8, "CQ-01", corrects=Correction(event_id, reason))])
        assert bool(masked_parties_of(session, trace(session, number))) is kept
