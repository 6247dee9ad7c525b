"""A round (一轮): one case on a broker and a database of its own, timed from the first publish to the last record."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tracker.intake.broker import EmbeddedBroker
from tracker.intake.broker_users import TRACKER, BrokerUser, changing_users, new_password, read_users, tracker_user
from web.bench.cases import Case
from web.bench.load import Load
from web.bench.node_packages import consumer_in
from web.bench.postgres import PostgresServer
from web.bench.processes import (
    LOAD,
    PROGRAMS,
    BenchFailed,
    end,
    expect,
    line_of,
    run_broker,
    run_tracker,
    say_to,
    spawn,
    start,
)
from web.bench.stores import (
    address_of,
    empty_database,
    enrol_all,
    make_partitions,
    scratch_store,
    watching_position,
)
from web.settings import Settings

TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class Grounds:
    """What all rounds share: the loads by events a message, PostgreSQL where it is measured, the JavaScript peer."""

    loads: dict[int, Load]
    postgres: PostgresServer | None
    node_folder: Path | None


def run_round(case: Case, grounds: Grounds, *, events: int) -> float:
    """Events a second of one round of whole messages. Raises BenchFailed."""
    with tempfile.TemporaryDirectory(prefix="jixin-bench-") as name:
        folder = Path(name)
        if case.name == "bulk_insert":
            return events / _insert(case, grounds, folder, events)
        load = grounds.loads[case.events_per_message]
        settings = Settings(data_dir=folder)
        with (
            load_broker(settings) as broker,
            _consumer(case, grounds, settings, broker, events=events) as wait_until_done,
        ):
            publishing = _start_load(settings, broker, load, events // case.events_per_message)
            with publishing as started:
                wait_until_done()
                return events / (time.perf_counter() - started)


def run_events_only(case: Case, grounds: Grounds, *, events: int) -> float:
    """Events a second of `bulk_insert` without the parcels' rows. Raises BenchFailed."""
    with tempfile.TemporaryDirectory(prefix="jixin-bench-") as name:
        return events / _insert(case, grounds, Path(name), events, "events-only")


def run_paced(case: Case, grounds: Grounds, *, events: int, rate: float) -> list[float]:
    """Milliseconds from publish to receipt of each message, `rate` events a second. Raises BenchFailed."""
    size = case.events_per_message
    with tempfile.TemporaryDirectory(prefix="jixin-bench-") as name:
        settings = Settings(data_dir=Path(name))
        with load_broker(settings) as broker, _consumer(case, grounds, settings, broker, events=events):
            load = grounds.loads[size]
            program = spawn_load(settings, broker, load, events // size, rate=rate / size)
            try:
                expect(program, "ready")
                say_to(program, "go")
                delays: list[float] = json.loads(line_of(program))
                return delays
            finally:
                end(program)


def _insert(case: Case, grounds: Grounds, folder: Path, events: int, *options: str) -> float:
    now = datetime.now(UTC)
    with scratch_store(case.store, folder, grounds.postgres) as url:
        make_partitions(url, [now, now - timedelta(hours=30)])
        program = spawn(f"{PROGRAMS}.bulk_insert", events, case.events_per_message, address_of(url), *options)
        said, _ = program.communicate(timeout=TIMEOUT)
        if program.returncode:
            raise BenchFailed("bulk_insert failed")
        return float(said)


@contextmanager
def load_broker(settings: Settings) -> Iterator[EmbeddedBroker]:
    """A broker of its own that knows the tracker and the load."""
    settings.broker_folder.mkdir(parents=True, exist_ok=True)
    with changing_users(settings.broker_folder) as users:
        users[TRACKER] = tracker_user(new_password())
        users[LOAD] = BrokerUser(
            LOAD,
            new_password(),
            publish=["jixin.v1.*.*.*.scans"],
            subscribe=["jixin.v1.store", "jixin.v1.*.*.*.receipts"],
        )
    with run_broker(settings) as broker:
        yield broker


@contextmanager
def _start_load(settings: Settings, broker: EmbeddedBroker, load: Load, messages: int) -> Iterator[float]:
    """A process that publishes; yields the moment of the first publish, and is gone when the block ends."""
    program = spawn_load(settings, broker, load, messages, rate=0)
    try:
        expect(program, "ready")
        started = time.perf_counter()
        say_to(program, "go")
        yield started
    finally:
        end(program)


def spawn_load(
    settings: Settings, broker: EmbeddedBroker, load: Load, messages: int, *, rate: float
) -> "subprocess.Popen[str]":
    """The process that publishes: it says `ready`, waits for a line, and says `done`."""
    user = read_users(settings.broker_folder)[LOAD]
    return spawn(
        f"{PROGRAMS}.publisher", broker.host, broker.port, user.username, user.password, load.file, messages, rate
    )


@contextmanager
def _consumer(
    case: Case, grounds: Grounds, settings: Settings, broker: EmbeddedBroker, *, events: int
) -> Iterator[Callable[[], None]]:
    """The case's process, listening; yields how to wait until it has done its work."""
    if case.name == "jixin":
        with _tracker(case, grounds, settings, broker, events) as wait:
            yield wait
        return
    user = read_users(settings.broker_folder)[TRACKER]
    arguments = [broker.host, broker.port, user.username, user.password, events // case.events_per_message]
    with empty_database(case.store, settings.data_dir, grounds.postgres) as url:
        if case.name == "mqttjs":
            assert grounds.node_folder is not None
            database = address_of(url, scheme=True)
            process = start(["node", consumer_in(grounds.node_folder), *arguments, database])
        elif case.name == "commit_per_message":
            process = spawn(f"{PROGRAMS}.commit_per_message", *arguments, url)
        else:
            process = spawn(f"{PROGRAMS}.{case.name}", *arguments)
        try:
            expect(process, "ready")
            yield lambda: expect(process, "done")
        finally:
            end(process)


@contextmanager
def _tracker(
    case: Case, grounds: Grounds, settings: Settings, broker: EmbeddedBroker, events: int
) -> Iterator[Callable[[], None]]:
    with scratch_store(case.store, settings.data_dir, grounds.postgres) as url:
        enrol_all(url, grounds.loads[case.events_per_message].devices)
        with run_tracker(settings, broker, url) as process, watching_position(url) as position:
            yield lambda: _wait_for_position(position, events, process)


def _wait_for_position(position: Callable[[], int], wanted: int, process: "subprocess.Popen[str]") -> None:
    """Until the log has come so far."""
    deadline = time.monotonic() + TIMEOUT
    while position() < wanted:
        if time.monotonic() > deadline or process.poll() is not None:
            raise BenchFailed("the tracker did not record every event")
        time.sleep(0.005)
