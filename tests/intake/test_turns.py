"""Turns: a tracker whose lease another has records nothing, acknowledges nothing and sends no receipt."""

from collections.abc import Callable
from threading import Event, Thread

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from tests.intake.devices import Device
from tests.intake.fakes import FakeClock, until
from tests.intake.test_recorder import AWAY, Bench, fail_times
from tracker.intake.turns import record_in_turns
from tracker.store.candidate import Candidate
from tracker.store.event_store import fence_log
from tracker.store.lease import LeaseLost


class FakeTurn:
    """A lease that is lost when the test says so."""

    def __init__(self) -> None:
        self.lost = False
        self.at_confirm: Callable[[], None] = lambda: None

    def holds(self) -> bool:
        return not self.lost

    def check(self) -> None:
        if self.lost:
            raise LeaseLost("lost")

    def confirm(self, _session: Session, _fence: int) -> None:
        self.at_confirm()


@pytest.fixture
def turn() -> FakeTurn:
    """It is ours until the test says otherwise."""
    return FakeTurn()


@pytest.fixture
def bench(sqlite_engine: Engine, turn: FakeTurn) -> Bench:
    """A recorder that has a turn and is not running yet."""
    bench = Bench(sqlite_engine)
    bench.recorder.turn = turn
    return bench


@pytest.fixture
def gun(bench: Bench) -> Device:
    """A device that the recorder knows."""
    return bench.intake.enrol(Device())


def test_what_the_fence_refuses_is_neither_recorded_nor_answered_nor_taken_for_poison(
    bench: Bench, gun: Device, turn: FakeTurn
) -> None:
    def refuse() -> None:
        raise LeaseLost("taken by another")

    turn.at_confirm = refuse
    bench.put(gun.deliver(gun.scan()), gun.deliver(gun.scan()))
    with pytest.raises(LeaseLost):
        bench.finish()
    assert bench.recorded() == []
    assert bench.outward.said == []
    assert bench.outward.states == []
    assert bench.intake.rows("SELECT * FROM quarantine") == []


def test_who_slept_after_the_commit_leaves_the_answer_to_whoever_took_over(
    bench: Bench, gun: Device, turn: FakeTurn
) -> None:
    turn.at_confirm = lambda: setattr(turn, "lost", True)
    bench.put(gun.deliver(gun.scan("W1")))
    with pytest.raises(LeaseLost):
        bench.finish()
    assert bench.recorded() == ["W1"]
    assert bench.outward.said == []


def test_who_lost_the_database_and_the_lease_stops_trying(
    bench: Bench, gun: Device, turn: FakeTurn, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = fail_times(monkeypatch, "transaction", 1_000, AWAY)
    bench.put(gun.deliver(gun.scan()))
    ended: list[BaseException] = []

    def run() -> None:
        try:
            bench.recorder.run()
        except LeaseLost as error:
            ended.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    until(lambda: len(failures) > 2)
    turn.lost = True
    thread.join(10)
    assert len(ended) == 1
    assert bench.outward.said == []


def test_an_idle_holder_that_lost_the_lease_ends_its_turn(bench: Bench, turn: FakeTurn) -> None:
    turn.lost = True
    with pytest.raises(LeaseLost):
        bench.recorder.run()
    assert bench.outward.states == []


def test_two_in_turns_never_record_together_and_the_second_goes_on(engine: Engine) -> None:
    stops, working, turns = [Event(), Event()], [0, 0], [0, 0]
    candidates = [Candidate(engine, "tracker", 1.0, on_taken=fence_log) for _ in range(2)]

    def record(mine: int) -> None:
        working[mine], turns[mine] = 1, turns[mine] + 1
        while not stops[mine].wait(0.01):
            candidates[mine].check()
            assert sum(working) == 1
        working[mine] = 0

    def run(mine: int) -> None:
        record_in_turns(candidates[mine], lambda: record(mine), stop=stops[mine])

    threads = [Thread(target=run, args=(mine,), daemon=True) for mine in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: sum(working) == 1)
    first = working.index(1)
    stops[first].wait(1.5)  # longer than the term: it is renewed meanwhile
    assert turns[1 - first] == 0
    stops[first].set()
    until(lambda: turns[1 - first] == 1)
    stops[1 - first].set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_who_loses_the_lease_stands_again(sqlite_engine: Engine) -> None:
    clock, stop, turns = FakeClock(), Event(), []
    candidate = Candidate(sqlite_engine, "tracker", 1.0, clock, on_taken=fence_log)

    def record() -> None:
        turns.append(candidate.number)
        if len(turns) == 3:
            stop.set()
            return
        clock.seconds += 1
        candidate.check()

    record_in_turns(candidate, record, stop=stop)
    assert turns == [1, 2, 3]
