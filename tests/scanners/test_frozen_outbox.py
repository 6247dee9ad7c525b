"""An outbox that an earlier version left on disk (冻结待传箱) is opened, sent as the same bytes, and emptied."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scanners.outbox import Lane, Outbox
from scanners.publisher import Publisher
from tests.intake.devices import NOW, TRACKER_KEY
from tests.intake.fakes import FakeMqtt, until
from tests.scanners.counter import FakeTracker, events_in, waybills_of
from tests.wire.example import ENROLMENT, POST
from tests.wire.test_frozen import V1
from tracker.wire.receipt import sign_receipt, sign_store_state
from tracker.wire.topics import STORE

WAYBILLS = [f"BB20260701001{number:02}" for number in range(9)]


@pytest.fixture
def left_behind(tmp_path: Path) -> Path:
    return Path(shutil.copy(V1 / "outbox.db", tmp_path / "outbox.db"))


@pytest.fixture
def outbox(left_behind: Path) -> Iterator[Outbox]:
    outbox = Outbox(left_behind)
    yield outbox
    outbox.close()


def signed_before(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT payload FROM open_batch ORDER BY rowid")]


def test_everything_in_it_is_found(outbox: Outbox) -> None:
    assert outbox.waiting() == 9
    assert [batch.attempts for batch in outbox.open_batches()] == [1, 1]
    assert waybills_of(body for _, body in outbox.next_items(Lane(POST))) == WAYBILLS[6:]
    assert outbox.install_id("fresh") == "0123456789abcdef"


def test_it_is_delivered_and_what_was_signed_goes_as_the_same_bytes(
    outbox: Outbox, left_behind: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mqtt, tracker = FakeMqtt(), FakeTracker()
    before = signed_before(left_behind)
    monkeypatch.setattr("scanners.publisher.Client", lambda *_, **__: mqtt)
    publisher = Publisher(ENROLMENT, outbox, now=lambda: NOW)
    publisher.start()
    mqtt.connect()
    mqtt.deliver(STORE, sign_store_state(tracker.state(), TRACKER_KEY))
    until(lambda: len(mqtt.sent_to("/scans")) == 3)
    for payload in mqtt.sent_to("/scans"):
        mqtt.deliver(POST.topic("receipts"), sign_receipt(tracker.take(payload), TRACKER_KEY))
    until(lambda: outbox.waiting() == 0)
    publisher.stop()
    sent = mqtt.sent_to("/scans")
    assert sent[:2] == before
    assert waybills_of(body for payload in sent for body in events_in(payload)) == WAYBILLS
    assert (publisher.sent.recorded, publisher.sent.refused) == (9, 0)
