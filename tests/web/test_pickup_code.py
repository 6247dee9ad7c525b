"""The pickup code on the trace page: for who knows the telephone, while the parcel waits, and for nobody else."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.parcels import DELIVERED, OVERDUE
from tests.web.parties import MASKED, SECRET, keep_label_secret, keep_parties
from tests.web.test_door import token_of, type_digits
from tests.web.world import Told, World
from tracker.store.database import transaction
from tracker.wire.details import DeliveredDetails, StoredDetails
from tracker.wire.label_token import derive_label_key
from tracker.wire.pickup_code import pickup_code
from tracker.wire.steps import Step
from tracker.wire.topics import Post

SHOWN = re.compile(r"\b([0-9]{4}) ([0-9]{4})\b")


@pytest.fixture
def visitor(client: TestClient, tmp_path: Path, seeded_engine: Engine) -> TestClient:
    """Who may type the digits of a parcel that waits, and of one that was delivered."""
    keep_label_secret(tmp_path)
    with transaction(seeded_engine) as session:
        for number in (OVERDUE, DELIVERED):
            keep_parties(session, number, {"recipient": MASKED["recipient"]})
    return client


def stored_again(engine: Engine, *, device: str, hours: float = 2) -> UUID:
    with transaction(engine) as session:
        told = Told(Step.STORED, hours, "HZ-12", StoredDetails(place_kind="locker"), device=device)
        return World(session).record(OVERDUE, "FLYGRAIN", [told])[0]


def codes_on(visitor: TestClient, number: str = OVERDUE, **asked: str) -> list[str]:
    answer = visitor.get(f"/t/{number}", params=asked)
    return ["".join(found) for found in SHOWN.findall(answer.text)]


def test_the_digits_show_the_code_of_the_last_storing(visitor: TestClient, seeded_engine: Engine) -> None:
    event_id = stored_again(seeded_engine, device="COUNTER-1")
    assert type_digits(visitor, "8000", OVERDUE).status_code == 303
    key = derive_label_key(SECRET, Post("FLYGRAIN", "HZ-12", "COUNTER-1"))
    assert codes_on(visitor) == [pickup_code(key, OVERDUE, event_id)]
    assert "取件码" in visitor.get(f"/t/{OVERDUE}").text
    assert visitor.get(f"/t/{OVERDUE}").headers["cache-control"] == "no-store"
    later = stored_again(seeded_engine, device="COUNTER-2", hours=1)
    other = derive_label_key(SECRET, Post("FLYGRAIN", "HZ-12", "COUNTER-2"))
    assert codes_on(visitor) == [pickup_code(other, OVERDUE, later)]


def test_neither_a_stranger_nor_who_holds_the_label_sees_it(visitor: TestClient, seeded_engine: Engine) -> None:
    stored_again(seeded_engine, device="COUNTER-1")
    assert codes_on(visitor) == []
    token = token_of(OVERDUE, Post("FLYGRAIN", "CQ-01", "PDA-1"))
    labelled = visitor.get(f"/t/{OVERDUE}", params={"k": token})
    assert "重量 0.82 kg" in labelled.text, "the label opens"
    assert (codes_on(visitor, k=token), "取件码" in labelled.text) == ([], False)
    assert type_digits(visitor, "0000", OVERDUE).status_code == 422
    assert codes_on(visitor) == []
    type_digits(visitor, "8000", OVERDUE)
    told = visitor.get(f"/api/v1/parcels/{OVERDUE}/trace", params={"k": token}).text
    assert codes_on(visitor)[0] not in told


def test_a_parcel_that_does_not_wait_here_has_none(visitor: TestClient, seeded_engine: Engine) -> None:
    type_digits(visitor, "8000", DELIVERED)
    assert codes_on(visitor, DELIVERED) == []
    stored_again(seeded_engine, device="replay")
    type_digits(visitor, "8000", OVERDUE)
    assert codes_on(visitor) == [], "history of a gateway has no counter"
    with transaction(seeded_engine) as session:
        World(session).record(OVERDUE, "FLYGRAIN", [Told(Step.DELIVERED, 1, "HZ-12", DeliveredDetails(signer="self"))])
    assert codes_on(visitor) == []
