"""The witness: what was scanned once must stand once, and the store's own counts must be those of its events."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.intake.devices import TRACKER_KEY, Device, Intake
from tracker.store.database import transaction
from tracker.wire.topics import Post
from web.bench.faults.counter import Promises
from web.bench.faults.witness import Verdict, judge, pinned_keys

SCANNED = frozenset({"W1", "W2", "W3"})


@pytest.fixture
def intake(engine: Engine) -> Intake:
    """A store that holds three scans of three parcels, one of them delivered to it twice."""
    intake = Intake(engine)
    device = intake.enrol(Device(Post("FAULTS", "S1", "GUN-1")))
    first = device.deliver(device.scan("W1"), device.scan("W2"))
    intake.record(first)
    intake.record(first, device.deliver(device.scan("W3")))
    return intake


def verdict_of(intake: Intake) -> Verdict:
    pinned = pinned_keys({"tracker_keys": [{"x": TRACKER_KEY.verifying.to_jwk().x}]})
    promised = Promises(SCANNED, SCANNED)
    url = intake.engine.url.render_as_string(hide_password=False)
    return judge(url, promised=promised, ever_scanned=SCANNED, pinned=pinned)


def change(intake: Intake, statement: str) -> None:
    with transaction(intake.engine) as session:
        session.connection().execute(sa.text(statement))


def test_a_store_that_kept_its_promises_is_clean(intake: Intake) -> None:
    assert verdict_of(intake) == Verdict(events=3, lost=0, doubled=0, strange=0, unproved=0, miscounted=0)


def test_a_parcel_that_counts_its_one_scan_twice_is_doubled(intake: Intake) -> None:
    """The event's row cannot stand twice: its key forbids it. What was counted again shows in the parcel."""
    life = sa.text("UPDATE parcel SET life = :life WHERE waybill_no = 'W2'")
    with transaction(intake.engine) as session:
        (was,) = session.connection().execute(sa.text("SELECT life FROM parcel WHERE waybill_no = 'W2'")).one()
        now = bytes(was).replace(b'"scans":1', b'"scans":2')
        assert now != bytes(was)
        session.connection().execute(life, {"life": now})
    found = verdict_of(intake)
    assert (found.doubled, found.miscounted, found.is_clean) == (1, 1, False)


@pytest.mark.parametrize(
    ("statement", "by"),
    [
        ("DELETE FROM parcel WHERE waybill_no = 'W3'", 1),
        ("UPDATE log_head SET position = 4", 2),
        ("UPDATE event SET position = 9 WHERE waybill_no = 'W3'", 6),
        ("UPDATE tally SET count = count + 2 WHERE outcome = 'recorded'", 2),
    ],
    ids=["no_parcel", "head", "hole", "tally"],
)
def test_counts_that_are_not_those_of_the_events_are_seen(intake: Intake, statement: str, by: int) -> None:
    change(intake, statement)
    found = verdict_of(intake)
    assert (found.miscounted, found.is_clean) == (by, False)
