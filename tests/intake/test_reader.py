"""The reader: a second process, its order, its end and its silence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from prometheus_client import CollectorRegistry

from tests.intake.fakes import until
from tests.intake.reading_double import POST, serve
from tracker.intake.delivery import Delivery, RefusedBatch
from tracker.intake.metrics import IntakeMetrics
from tracker.intake.reader import Reader, ReaderGone
from tracker.intake.reading import Read
from tracker.intake.turns import Everybodys

MANY, BYTES = 1_000, 1024 * 1024


@pytest.fixture
def start() -> Iterator[Callable[[str], Reader]]:
    """A reader over a double of this kind."""
    made: list[Reader] = []

    def begin(kind: str) -> Reader:
        reader = Reader(partial(serve, kind))
        made.append(reader)
        reader.start()
        reader.begin(client_id="secret", holder="me")
        return reader

    yield begin
    for reader in made:
        reader.stop()


def take(reader: Reader, *, most: int = MANY, timeout: float = 60.0) -> list[Read]:
    return reader.take(max_messages=most, max_bytes=BYTES, timeout=timeout)


def numbers(reader: Reader, *, count: int, most: int = MANY) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        taken = take(reader, most=most)
        assert len(taken) <= most
        found += [each.delivery.packet_id for each in taken]
    return found


def reason(reader: Reader) -> str:
    while not (taken := take(reader, most=1)):  # a word about the connection wakes it too
        pass
    (heard,) = taken
    assert isinstance(heard, RefusedBatch)
    return heard.refusal.reason


@pytest.mark.parametrize("most", [1, 3, 7, MANY])
def test_messages_come_in_order_and_never_more_than_asked(start: Callable[[str], Reader], most: int) -> None:
    assert numbers(start("numbers"), count=10, most=most) == list(range(10))


def test_one_that_dies_gives_what_it_had_sent_and_then_is_gone(start: Callable[[str], Reader]) -> None:
    reader = start("dies")
    assert numbers(reader, count=1) == [1]
    with pytest.raises(ReaderGone):
        take(reader)
    with pytest.raises(ReaderGone):
        until(lambda: reader.acknowledge([Delivery(POST, b"", 1, 1)]))
    assert reader.finish() is False


def test_one_that_says_nothing_is_gone(start: Callable[[str], Reader], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.intake.reader.SILENT", 0.3)
    with pytest.raises(ReaderGone):
        take(start("sleeps"))


def test_a_flood_waits_in_the_other_process(start: Callable[[str], Reader], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.intake.reader.WAITING", 1_000_000)
    reader = start("floods")
    until(lambda: reader.waiting >= 10, seconds=60)
    found, most = 0, 0
    while found < 1_000:
        most = max(most, reader.waiting)
        found += len(take(reader))
    assert found == 1_000
    assert most <= 11  # of 100 kB each


def test_what_the_recorder_says_arrives(start: Callable[[str], Reader]) -> None:
    reader = start("numbers")
    numbers(reader, count=10)
    reader.acknowledge([Delivery(POST, b"", 7, 2), Delivery(POST, b"", 8, 2)])
    assert reason(reader) == "Answers(recorded=[(2, 7), (2, 8)], receipts=[])"
    reader.publish_receipts([(POST, "a receipt")])
    assert "a receipt" in reason(reader)
    until(lambda: reader.publish_store_state("how far"))
    assert reason(reader) == "State(text='how far')"


def test_before_the_broker_listens_the_store_says_nothing(start: Callable[[str], Reader]) -> None:
    assert start("floods").publish_store_state("too early") is False


def test_it_is_drained_when_everything_was_taken_and_each_connection_is_told(start: Callable[[str], Reader]) -> None:
    registry = CollectorRegistry()
    reader = start("numbers")
    reader.metrics = IntakeMetrics(registry)
    heard: list[int] = []
    reader.on_connect = lambda: heard.append(1)
    numbers(reader, count=4, most=4)
    reader.close()
    until(lambda: reader._facts.drained)
    assert not reader.drained
    numbers(reader, count=6)
    take(reader, timeout=0)
    assert reader.drained
    assert len(heard) in (1, 2)  # both connections may be seen at once
    assert registry.get_sample_value("jixin_tracker_broker_connections_total") == 2
    assert reader.finish() is True


def test_it_serves_one_turn_after_another(start: Callable[[str], Reader]) -> None:
    reader = start("numbers")
    assert numbers(reader, count=10) == list(range(10))
    assert reader.finish() is True
    reader.begin(client_id="secret", holder="me")
    assert numbers(reader, count=10) == list(range(10))


def test_each_change_of_the_turn_is_told_once(start: Callable[[str], Reader]) -> None:
    @dataclass
    class Turn(Everybodys):
        end: float

        def until(self) -> float:
            return self.end

    reader = start("turns")
    assert reason(reader) == "Ours(until=inf)"
    heard: list[Read] = []
    for end in (7.0, 7.0, 9.0):
        reader.turn = Turn(end)
        heard += take(reader, timeout=0)
    while len(heard) < 2:
        heard += take(reader)
    told = [each.refusal.reason for each in heard if isinstance(each, RefusedBatch)]
    assert told == ["Ours(until=7.0)", "Ours(until=9.0)"]


def test_a_turn_that_ends_with_more_waiting_than_there_is_room_ends_well(
    start: Callable[[str], Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the lease is lost in a backlog: the broker sends again what was not taken."""
    monkeypatch.setattr("tracker.intake.reader.WAITING", 1_000_000)
    reader = start("floods")
    until(lambda: reader.waiting >= 10, seconds=60)
    assert reader.finish() is True
    reader.begin(client_id="secret", holder="me")
    until(lambda: reader.waiting >= 10, seconds=60)
