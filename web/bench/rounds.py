"""A round (一轮): one case on a broker and a database of its own, timed from the first publish to the last record."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tracker.intake.broker import EmbeddedBroker, choose_port
from tracker.intake.broker_users import TRACKER, BrokerUser, changing_users, new_password, read_users, tracker_user
from tracker.store.database import build_engine, transaction
from tracker.store.registry import save_device_key
from web.bench.cases import Case
from web.bench.load import Load
from web.bench.node_packages import consumer_in
from web.bench.postgres import PostgresServer
from web.bench.stores import address_of, empty_database, make_partitions, scratch_store, watching_position
from web.settings import Settings

LOAD = "bench-load"
TIMEOUT = 600.0
PROGRAMS = "web.bench.programs"


class BenchFailed(RuntimeError):
    """A round did not end; the message says which and where to look."""


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
        with _broker(settings) as broker, _consumer(case, grounds, settings, broker, events=events) as wait_until_done:
            start = _start_load(settings, broker, load, events // case.events_per_message)
            with start as started:
                wait_until_done()
                return events / (time.perf_counter() - started)


def run_paced(case: Case, grounds: Grounds, *, events: int, rate: float) -> list[float]:
    """Milliseconds from publish to receipt of each message, `rate` events a second. Raises BenchFailed."""
    size = case.events_per_message
    with tempfile.TemporaryDirectory(prefix="jixin-bench-") as name:
        settings = Settings(data_dir=Path(name))
        with _broker(settings) as broker, _consumer(case, grounds, settings, broker, events=events):
            load = grounds.loads[size]
            program = _spawn_load(settings, broker, load, events // size, rate=rate / size)
            try:
                _expect(program, "ready")
                _say(program, "go")
                assert program.stdout is not None
                delays: list[float] = json.loads(program.stdout.readline())
                return delays
            finally:
                _end(program)


def _insert(case: Case, grounds: Grounds, folder: Path, events: int) -> float:
    now = datetime.now(UTC)
    with scratch_store(case.store, folder, grounds.postgres) as url:
        make_partitions(url, [now, now - timedelta(hours=30)])
        program = _spawn(f"{PROGRAMS}.bulk_insert", events, case.events_per_message, address_of(url))
        said, _ = program.communicate(timeout=TIMEOUT)
        if program.returncode:
            raise BenchFailed("bulk_insert failed")
        return float(said)


@contextmanager
def _broker(settings: Settings) -> Iterator[EmbeddedBroker]:
    settings.broker_folder.mkdir(parents=True, exist_ok=True)
    with changing_users(settings.broker_folder) as users:
        users[TRACKER] = tracker_user(new_password())
        users[LOAD] = BrokerUser(
            LOAD,
            new_password(),
            publish=["jixin.v1.*.*.*.scans"],
            subscribe=["jixin.v1.store", "jixin.v1.*.*.*.receipts"],
        )
    broker = EmbeddedBroker(settings.broker_folder, "127.0.0.1", choose_port("127.0.0.1", 0, exactly=True))
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def _start_load(settings: Settings, broker: EmbeddedBroker, load: Load, messages: int) -> Iterator[float]:
    """A process that publishes; yields the moment of the first publish, and is gone when the block ends."""
    program = _spawn_load(settings, broker, load, messages, rate=0)
    try:
        _expect(program, "ready")
        start = time.perf_counter()
        _say(program, "go")
        yield start
    finally:
        _end(program)


def _spawn_load(
    settings: Settings, broker: EmbeddedBroker, load: Load, messages: int, *, rate: float
) -> "subprocess.Popen[str]":
    user = read_users(settings.broker_folder)[LOAD]
    return _spawn(
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
            process = _run(["node", consumer_in(grounds.node_folder), *arguments, database])
        elif case.name == "commit_per_message":
            process = _spawn(f"{PROGRAMS}.commit_per_message", *arguments, url)
        else:
            process = _spawn(f"{PROGRAMS}.{case.name}", *arguments)
        try:
            _expect(process, "ready")
            yield lambda: _expect(process, "done")
        finally:
            _end(process)


@contextmanager
def _tracker(
    case: Case, grounds: Grounds, settings: Settings, broker: EmbeddedBroker, events: int
) -> Iterator[Callable[[], None]]:
    user = read_users(settings.broker_folder)[TRACKER]
    with scratch_store(case.store, settings.data_dir, grounds.postgres) as url:
        _enrol(url, grounds.loads[case.events_per_message])
        environment = os.environ | {
            "JIXIN_DATA_DIR": str(settings.data_dir),
            "JIXIN_DATABASE_URL": url,
            "JIXIN_BROKER_URL": broker.url,
            "JIXIN_BROKER_USERNAME": user.username,
            "JIXIN_BROKER_PASSWORD": user.password,
            "JIXIN_LOG_LEVEL": "error",
        }
        process = subprocess.Popen([sys.executable, "-m", "web.cli", "tracker"], env=environment, text=True)
        try:
            _wait_for_tracker(settings, broker)
            with watching_position(url) as position:
                yield lambda: _wait_for_position(position, events, process)
        finally:
            _end(process)


def _enrol(url: str, load: Load) -> None:
    engine = build_engine(url)
    with transaction(engine) as session:
        for post, key in load.devices:
            save_device_key(
                session,
                carrier=post.carrier,
                station=post.station,
                device=post.device,
                kid=key.kid,
                public_key=key.verifying.public_bytes,
                enrolled_at=datetime.now(UTC),
            )
    engine.dispose()


def _wait_for_tracker(settings: Settings, broker: EmbeddedBroker) -> None:
    """Until the tracker has spoken on `jixin/v1/store`: from then on the broker keeps scans for it."""
    user = read_users(settings.broker_folder)[LOAD]
    listener = _spawn(f"{PROGRAMS}.store_listener", broker.host, broker.port, user.username, user.password)
    _expect(listener, "ready")
    listener.wait(30)


def _wait_for_position(position: Callable[[], int], wanted: int, process: "subprocess.Popen[str]") -> None:
    """Until the log has come so far."""
    deadline = time.monotonic() + TIMEOUT
    while position() < wanted:
        if time.monotonic() > deadline or process.poll() is not None:
            raise BenchFailed("the tracker did not record every event")
        time.sleep(0.005)


def _spawn(module: str, *arguments: object) -> "subprocess.Popen[str]":
    return _run([sys.executable, "-m", module, *arguments])


def _run(command: list[object]) -> "subprocess.Popen[str]":
    return subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _say(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    process.communicate(timeout=30)


def _expect(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if line != word:
        raise BenchFailed(f"a program of the bench said {line!r}, not {word!r}: {process.args!r}")
