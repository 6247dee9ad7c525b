"""Candidates on a real database: one holds, the next takes over, and who was overtaken writes nothing."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from tests.intake.fakes import FakeClock, until
from tracker.store.candidate import Candidate
from tracker.store.database import build_engine, reading, transaction
from tracker.store.event_store import fence_log, log_head, save_log_head
from tracker.store.holder import children_of, is_gone, kill
from tracker.store.lease import LeaseLost
from tracker.store.lease_store import lease_of

TERM = 10.0


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """A store whose locks are the kernel's."""
    engine = build_engine(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'locked.db')}")
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> FakeClock:
    """Everybody's seconds."""
    return FakeClock()


@pytest.fixture
def one(engine: Engine, clock: FakeClock) -> Candidate:
    """The first candidate."""
    return Candidate(engine, "tracker", TERM, clock, on_taken=fence_log)


@pytest.fixture
def other(engine: Engine, clock: FakeClock) -> Candidate:
    """The second."""
    return Candidate(engine, "tracker", TERM, clock, on_taken=fence_log)


def fence(engine: Engine) -> int:
    with reading(engine) as session:
        return log_head(session).fence


def position(engine: Engine) -> int:
    with reading(engine) as session:
        return log_head(session).position


def record(candidate: Candidate, then: Callable[[], object] = lambda: None) -> None:
    """What a recording transaction does, as far as the lease goes."""
    with transaction(candidate.engine) as session:
        head = log_head(session, lock=True)
        save_log_head(session, replace(head, position=head.position + 1))
        candidate.confirm(session, head.fence)
        then()


def test_one_holds_and_the_other_waits_while_it_beats(one: Candidate, other: Candidate, clock: FakeClock) -> None:
    assert one.stand()
    for _ in range(30):
        assert not other.stand()
        assert one.keep()
        clock.seconds += 1
    assert (one.number, other.number) == (1, 0)


def test_a_silent_holder_is_overtaken_after_a_term_and_the_log_is_fenced(
    one: Candidate, other: Candidate, clock: FakeClock
) -> None:
    assert one.stand()
    assert fence(one.engine) == 1
    assert not other.stand()
    clock.seconds += TERM - 0.1
    assert not other.stand()
    clock.seconds += 0.1
    assert other.stand()
    assert fence(one.engine) == 2
    assert not one.holds()
    assert not one.stand()
    with pytest.raises(LeaseLost):
        one.check()


def test_a_holder_that_does_not_know_yet_is_stopped_by_the_fence(
    one: Candidate, other: Candidate, clock: FakeClock
) -> None:
    """Its clock stood still while it was paused: by that it holds, by the number it does not."""
    sleeper = Candidate(one.engine, "tracker", TERM, FakeClock(), on_taken=fence_log)
    assert sleeper.stand()
    assert not other.stand()
    clock.seconds += TERM
    assert other.stand()
    assert sleeper.holds()
    with pytest.raises(LeaseLost):
        record(sleeper)
    record(other)
    assert (position(one.engine), fence(one.engine)) == (1, 2)


def test_a_commit_that_outlasts_the_term_comes_to_its_end_while_nobody_took_over(
    one: Candidate, clock: FakeClock
) -> None:
    """On SQLite it keeps the holder's own beats waiting: to give up would mean to try the same again for ever."""
    assert one.stand()
    clock.seconds += 3 * TERM
    assert not one.keep()
    record(one)
    assert one.holds()
    assert position(one.engine) == 1


def test_a_busy_holder_beats_in_its_recording_transactions(one: Candidate, other: Candidate, clock: FakeClock) -> None:
    assert one.stand()
    for _ in range(20):
        assert not other.stand()
        clock.seconds += 3
        record(one)
    assert one.holds()


def test_a_beat_that_is_rolled_back_extends_nothing(one: Candidate, clock: FakeClock) -> None:
    assert one.stand()
    clock.seconds += 9
    with pytest.raises(ZeroDivisionError):
        record(one, then=lambda: 1 // 0)
    clock.seconds += 1
    assert not one.holds()


def test_a_lease_that_is_given_back_is_taken_at_once(one: Candidate, other: Candidate) -> None:
    assert one.stand()
    assert not other.stand()
    one.resign()
    one.resign()
    assert other.stand()
    assert other.number == 2
    one.resign()
    assert other.keep()


def test_of_two_that_stand_at_once_one_wins(
    engine: Engine, one: Candidate, other: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen the lease free."""
    for _ in range(2):
        with reading(engine) as session:
            seen = lease_of(session, "tracker")
        assert one.stand()
        monkeypatch.setattr("tracker.store.candidate.lease_of", lambda *_, seen=seen: seen)
        assert not other.stand()
        monkeypatch.setattr("tracker.store.candidate.lease_of", lease_of)
        assert one.keep()
        one.resign()


def test_a_holder_whose_clock_ran_out_takes_its_own_lease_again_with_a_new_number(
    one: Candidate, clock: FakeClock
) -> None:
    assert one.stand()
    clock.seconds += TERM
    assert not one.stand()
    assert one.stand()
    assert one.number == 2


def test_two_jobs_have_two_holders(engine: Engine, one: Candidate, clock: FakeClock) -> None:
    scheduler = Candidate(engine, "scheduler", TERM, clock)
    assert one.stand()
    assert scheduler.stand()
    assert fence(engine) == 1


def test_while_the_database_is_away_the_holder_holds_for_the_rest_of_its_term(
    one: Candidate, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    assert one.stand()
    monkeypatch.setattr("tracker.store.candidate.transaction", away)
    monkeypatch.setattr("tracker.store.candidate.reading", away)
    clock.seconds += 9
    assert one.stand()
    clock.seconds += 1
    assert not one.stand()
    assert not one.stand()
    one.resign()


LOCKER = """
import sys, time
from tracker.store.database import build_engine, transaction
from tracker.store.event_store import log_head
with transaction(build_engine(sys.argv[1])) as session:
    log_head(session, lock=True)
    print("locked", flush=True)
    time.sleep(600)
"""
HOLDER = """
import subprocess, sys, time
from tracker.store.candidate import Candidate
from tracker.store.database import build_engine, transaction
from tracker.store.event_store import fence_log, log_head, save_log_head
from tracker.store.holder import own_name
name = own_name()
engine = build_engine(sys.argv[1], name=name)
assert Candidate(engine, "tracker", 2.0, holder=name, on_taken=fence_log).stand()
if sys.argv[2] == "locked":
    with transaction(engine) as session:
        log_head(session, lock=True)
        print(name, flush=True)
        time.sleep(600)
if sys.argv[2] == "child_locked":
    with subprocess.Popen([sys.executable, "-c", sys.argv[3], sys.argv[1]], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        print(name, flush=True)
        time.sleep(600)
print(name, flush=True)
time.sleep(600)
"""


@contextmanager
def holder(engine: Engine, what: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Another process that holds the lease; it, or its child, the log's lock too where `what` says so."""
    url = engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, url, what, LOCKER], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, next(line.strip() for line in process.stdout if line.startswith("jixin-"))
        finally:
            process.kill()


def take_over(candidate: Candidate) -> float:
    """Seconds until the candidate holds."""
    began = time.monotonic()
    while not candidate.stand():
        assert time.monotonic() - began < 40, "nobody took over"
        time.sleep(candidate.pause)
    return time.monotonic() - began


@pytest.mark.parametrize("what", ["locked", "idle"])
def test_a_holder_of_this_machine_that_died_is_overtaken_at_once(engine: Engine, what: str) -> None:
    candidate = Candidate(engine, "tracker", 60.0, on_taken=fence_log)
    with holder(engine, what) as (process, name):
        assert not candidate.stand()
        assert not is_gone(name)
        process.kill()
        process.wait()
        assert take_over(candidate) < 30
    assert candidate.number == 2


def test_a_holder_that_hangs_with_the_log_locked_is_cut_off(database_url: str) -> None:
    engine = build_engine(database_url)
    candidate = Candidate(engine, "tracker", 2.0, on_taken=fence_log)
    with holder(engine, "locked") as (process, name):
        os.kill(process.pid, signal.SIGSTOP)
        seconds = take_over(candidate)
        assert fence(engine) == candidate.number == 2
        assert 2 <= seconds < 20
        if engine.dialect.name == "sqlite":
            assert process.wait(5) == -signal.SIGKILL
        else:
            os.kill(process.pid, signal.SIGCONT)
            assert not is_gone(name)
    engine.dispose()


def test_who_locks_the_log_without_the_lease_is_left_alone(one: Candidate, other: Candidate, clock: FakeClock) -> None:
    assert one.stand()
    assert not other.stand()
    clock.seconds += TERM
    with transaction(one.engine) as session:
        assert log_head(session, lock=True).fence == 1
        assert not other.stand()
        save_log_head(session, replace(log_head(session), position=7))
    assert other.stand()
    assert (position(one.engine), fence(one.engine)) == (7, 2)


def test_a_holder_is_left_alone_while_somebody_else_locks_the_database(sqlite: Engine) -> None:
    """A backup, say, that takes longer than the term: the holder hangs with it, and has done nothing."""
    candidate = Candidate(sqlite, "tracker", 1.0, on_taken=fence_log)
    with holder(sqlite, "idle") as (process, name):
        assert not candidate.stand()
        with closing(sqlite3.connect(str(sqlite.url.database), isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")
            until = time.monotonic() + 4
            while time.monotonic() < until:
                assert not candidate.stand()
                time.sleep(candidate.pause)
            somebody.execute("ROLLBACK")
        assert process.poll() is None
        assert not is_gone(name)
        take_over(candidate)


def test_a_holder_whose_child_hangs_with_the_database_locked_is_cut_off_with_it(sqlite: Engine) -> None:
    """The tracker is two processes, and both write."""
    candidate = Candidate(sqlite, "tracker", 2.0, on_taken=fence_log)
    with holder(sqlite, "child_locked") as (process, _name):
        (child,) = children_of(process.pid)
        assert take_over(candidate) < 20
        assert process.wait(5) == -signal.SIGKILL
        until(lambda: not is_alive(child))


def is_alive(pid: int) -> bool:
    """Whether it runs; one that nobody has buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_holder_that_may_not_be_killed_is_no_error(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    with holder(sqlite, "idle") as (process, name):
        monkeypatch.setattr("tracker.store.holder.os.kill", refuse)
        assert not kill(name)
        assert process.poll() is None
        monkeypatch.undo()
