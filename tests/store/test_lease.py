"""The lease, with clocks that the test moves: never two holders at once, and never long without one."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from tracker.store.lease import BEATS, Lease, Tenure, Watch

TERM = 10.0


@dataclass
class Process:
    """One that stands for the lease: its clock shows another time than the others', and runs as fast."""

    name: str
    offset: float
    tenure: Tenure | None = None
    watch: Watch = field(default_factory=lambda: Watch(TERM))

    def now(self, time: float) -> float:
        return time + self.offset

    def holds(self, time: float) -> bool:
        return self.tenure is not None and self.tenure.holds(self.now(time))


@dataclass
class World:
    """The database's row, and the processes around it. A step takes `lag` seconds from its beginning to its commit."""

    processes: list[Process]
    row: Lease = field(default_factory=Lease)
    time: float = 0.0

    def stand(self, process: Process, lag: float) -> None:
        began = process.now(self.time)
        if process.tenure is None:
            seen = self.row
            over = process.watch.is_over(seen, began)
            self.pass_time(lag)
            if over and self.row == seen:
                self.row = Lease(seen.number + 1, process.name)
                process.tenure = Tenure(self.row.number, TERM, began)
        elif not process.tenure.holds(began):
            process.tenure = None
        elif process.tenure.is_due(began):
            self.pass_time(lag)
            if self.row.number == process.tenure.number:
                self.row = replace(self.row, beat=self.row.beat + 1)
                process.tenure.extend(began)
            else:
                process.tenure = None

    def pass_time(self, seconds: float) -> None:
        self.time += seconds
        holding = [process.name for process in self.processes if process.holds(self.time)]
        assert len(holding) <= 1, f"{holding} hold at once"


steps = st.lists(st.tuples(st.integers(0, 2), st.floats(0, 15), st.floats(0, 15)), max_size=60)
offsets = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3)


@given(steps, offsets)
def test_never_two_hold_at_once_however_long_they_sleep(
    steps: list[tuple[int, float, float]], offsets: list[float]
) -> None:
    """Each step: who stands, how long it takes to commit, how long everybody sleeps afterwards."""
    world = World([Process(str(number), offset) for number, offset in enumerate(offsets)])
    for who, lag, sleep in steps:
        world.stand(world.processes[who], lag)
        world.pass_time(sleep)


@given(steps, offsets, st.floats(0.1, 2.0))
def test_a_candidate_that_keeps_looking_has_the_lease_a_term_after_the_last_beat(
    steps: list[tuple[int, float, float]], offsets: list[float], every: float
) -> None:
    world = World([Process(str(number), offset) for number, offset in enumerate(offsets)])
    for who, lag, sleep in steps:
        world.stand(world.processes[who], lag)
        world.pass_time(sleep)
    last, waiting = world.time, world.processes[0]
    while not waiting.holds(world.time):
        world.stand(waiting, 0.0)
        world.pass_time(every)
        assert world.time - last <= TERM + 3 * every, "nobody records"


def test_the_numbers_only_grow() -> None:
    one, other = Process("one", 0.0), Process("other", 5e5)
    world, numbers = World([one, other]), []
    for _ in range(60):
        for process in (one, other):
            world.stand(process, 0.0)
            if process.tenure and process.tenure.number not in numbers:
                numbers.append(process.tenure.number)
        world.pass_time(1.0)
        if world.time % 20 == 0:
            world.pass_time(TERM + 1)
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 2


def test_a_free_lease_is_taken_at_first_sight_and_a_held_one_after_a_term() -> None:
    assert Watch(TERM).is_over(Lease(), 0.0)
    assert Watch(TERM).is_over(Lease(7, None, 3), 0.0)
    watch = Watch(TERM)
    held = Lease(7, "holder", 3)
    assert not watch.is_over(held, 100.0)
    assert not watch.is_over(held, 109.9)
    assert watch.is_over(held, 110.0)


def test_each_beat_and_each_new_holder_begins_the_wait_anew() -> None:
    watch = Watch(TERM)
    assert not watch.is_over(Lease(7, "holder", 3), 100.0)
    assert not watch.is_over(Lease(7, "holder", 4), 109.0)
    assert not watch.is_over(Lease(8, "another", 0), 118.0)
    assert not watch.is_over(Lease(8, "another", 0), 127.9)
    assert watch.is_over(Lease(8, "another", 0), 128.0)


def test_a_holder_beats_several_times_a_term_and_stops_at_its_end() -> None:
    tenure = Tenure(1, TERM, 100.0)
    assert not tenure.is_due(100.0 + TERM / BEATS - 0.1)
    assert tenure.is_due(100.0 + TERM / BEATS)
    assert tenure.holds(109.9)
    assert not tenure.holds(110.0)
    tenure.extend(105.0)
    tenure.extend(101.0)
    assert tenure.holds(114.9)
