"""What the tracker measures of itself: a commit leaves its numbers, an absent database shows, nothing is shared."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from tests.intake.devices import NOW, Device
from tests.intake.fakes import FakeMqtt, until
from tests.intake.test_recorder import AWAY, Bench, fail_times, poison
from tracker.intake import recorder as recorder_module
from tracker.intake.delivery import Delivery
from tracker.intake.inbox import Inbox
from tracker.intake.line import Facts
from tracker.intake.metrics import IntakeMetrics
from tracker.intake.subscriber import Subscriber


class Numbers:
    """A registry to read from."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = IntakeMetrics(self.registry)

    def of(self, name: str, **labels: str) -> float:
        value = self.registry.get_sample_value(f"jixin_tracker_{name}", labels)
        assert value is not None, f"nothing is exported as {name} {labels}"
        return value


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


@pytest.fixture
def bench(sqlite_engine: Engine, numbers: Numbers) -> Bench:
    bench = Bench(sqlite_engine)
    bench.recorder.metrics = numbers.metrics
    return bench


@pytest.fixture
def gun(bench: Bench) -> Device:
    return bench.intake.enrol(Device())


def test_a_commit_counts_its_events_batches_and_receipts(bench: Bench, gun: Device, numbers: Numbers) -> None:
    again = gun.deliver(gun.scan("W1"), gun.scan("W2"))
    bench.put(again, again, gun.deliver(b"{}", gun.scan("W3")), Delivery(gun.post, b"rubbish"))
    bench.finish()
    outcomes = {name: numbers.of("events_total", outcome=name) for name in ("recorded", "duplicate", "rejected")}
    assert outcomes == {"recorded": 3, "duplicate": 2, "rejected": 1}
    assert numbers.of("batches_total", outcome="taken") == 3
    assert numbers.of("batches_total", outcome="refused") == 1
    assert numbers.of("receipts_total") == 1
    assert (numbers.of("commit_events_count"), numbers.of("commit_events_sum")) == (1, 3)
    assert numbers.of("commit_seconds_count") == 1


def test_lag_is_that_of_the_message_that_waited_longest(bench: Bench, gun: Device, numbers: Numbers) -> None:
    for waited in (7.0, 1.0):
        delivery = gun.deliver(gun.scan())
        bench.inbox.put(Delivery(delivery.post, delivery.payload, arrived_at=bench.clock.seconds - waited))
    bench.finish()
    assert (numbers.of("lag_seconds_count"), numbers.of("lag_seconds_sum")) == (1, 7.0)


def test_age_is_from_event_time_to_record_time_and_never_below_zero(
    bench: Bench, gun: Device, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "MAX_COMMIT_MESSAGES", 1)
    bench.put(gun.deliver(gun.scan(event_time=NOW - timedelta(hours=3))), gun.deliver(gun.scan(hours=+1)))
    bench.finish()
    assert (numbers.of("event_age_seconds_count"), numbers.of("event_age_seconds_sum")) == (2, 3 * 3600)


def test_a_database_that_is_away_shows_until_it_is_back(
    bench: Bench, gun: Device, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = fail_times(monkeypatch, "transaction", 3, AWAY)
    bench.put(gun.deliver(gun.scan()))
    with bench.running():
        until(lambda: bench.outward.receipts)
        assert (len(failures), numbers.of("database_failures_total")) == (3, 3)
    assert numbers.of("database_up") == 1


def test_an_idle_tracker_notices_a_database_that_is_away(
    bench: Bench, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_times(monkeypatch, "reading", 1, OperationalError("SELECT", {}, Exception("away")))
    bench.recorder.announce()
    assert numbers.of("database_up") == 0
    bench.recorder.announce()
    assert numbers.of("database_up") == 1


def test_a_poisoned_batch_is_counted(
    bench: Bench, gun: Device, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, "POISON")
    bench.put(gun.deliver(gun.scan("POISON")))
    bench.finish()
    assert numbers.of("poisoned_total") == 1


def test_the_reading_process_shows_its_inbox_and_each_connection_counts(numbers: Numbers) -> None:
    shown = []
    for connected, connections in ((True, 1), (False, 1), (True, 3)):
        numbers.metrics.show_reading(Facts(connected, connections, messages=1, bytes=10, fill_ratio=0.25))
        shown.append((numbers.of("broker_connected"), numbers.of("broker_connections_total")))
    assert shown == [(1, 1), (0, 1), (1, 3)]
    assert [numbers.of(f"inbox_{name}") for name in ("messages", "bytes", "fill_ratio")] == [1, 10, 0.25]


def test_a_new_reading_process_begins_to_count_anew(numbers: Numbers) -> None:
    for connections in (2, 0, 1):
        numbers.metrics.show_reading(Facts(connections=connections))
    assert numbers.of("broker_connections_total") == 3


def test_a_message_knows_when_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    mqtt = FakeMqtt()
    monkeypatch.setattr("tracker.intake.subscriber.Client", lambda *_, **__: mqtt)
    monkeypatch.setattr("tracker.intake.subscriber.time.monotonic", lambda: 42.5)
    inbox = Inbox()
    Subscriber(url="mqtt://b", username="t", password="p", client_id="c", inbox=inbox).start()
    mqtt.connect()
    mqtt.deliver(Device().post.topic("scans"), b"payload", packet_id=7)
    (delivery,) = inbox.take(max_messages=9, max_bytes=999, timeout=0)
    assert delivery.arrived_at == 42.5


def test_two_trackers_in_one_process_count_apart(numbers: Numbers) -> None:
    other = Numbers()
    numbers.metrics.count_poisoned()
    assert (numbers.of("poisoned_total"), other.of("poisoned_total")) == (1, 0)
