"""A round (一轮): one case on a broker and a database of its own, timed from the first publish to the last record."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tracker.intake.broker import EmbeddedBroker, choose_port
from tracker.intake.broker_users import TRACKER, BrokerUser, changing_users, new_password, read_users, tracker_user
from tracker.store.database import transaction
from tracker.store.registry import save_device_key
from tracker.wire.signature import SigningKey
from tracker.wire.topics import Post
from web.bench.load import build_messages, write_messages
from web.commands.services import open_store
from web.settings import Settings

LOAD = "bench-load"
DEVICES = 40
TIMEOUT = 600.0


class BenchFailed(RuntimeError):
    """A round did not end; the message says which and where to look."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: our whole walk, a ceiling or a peer."""

    name: str
    role: str
    store: str
    events_per_message: int


def run_round(case: Case, *, events: int) -> float:
    """Events a second of one round. Raises BenchFailed."""
    with tempfile.TemporaryDirectory(prefix="jixin-bench-") as folder:
        settings = Settings(data_dir=Path(folder))
        devices = _enrol(settings)
        with _broker(settings) as broker:
            file = Path(folder) / "messages"
            now = datetime.now(UTC)
            messages = write_messages(
                file, build_messages(devices, events=events, events_per_message=case.events_per_message, now=now)
            )
            with (
                _consumer(case, settings, broker, messages=messages, events=events) as wait_until_done,
                _load(settings, broker, file) as start,
            ):
                wait_until_done()
                return events / (time.perf_counter() - start)


def _enrol(settings: Settings) -> list[tuple[Post, SigningKey]]:
    engine = open_store(settings, migrate=True)
    devices = [(Post("BENCH", f"s{number}", "counter1"), SigningKey.generate()) for number in range(DEVICES)]
    with transaction(engine) as session:
        for post, key in devices:
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
    with changing_users(settings.broker_folder) as users:
        users[TRACKER] = tracker_user(new_password())
        users[LOAD] = BrokerUser(LOAD, new_password(), publish=["jixin.v1.*.*.*.scans"], subscribe=["jixin.v1.store"])
    return devices


@contextmanager
def _broker(settings: Settings) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(settings.broker_folder, "127.0.0.1", choose_port("127.0.0.1", 0, exactly=True))
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def _load(settings: Settings, broker: EmbeddedBroker, file: Path) -> Iterator[float]:
    """A process that publishes; yields the moment of the first publish, and is gone when the block ends."""
    user = read_users(settings.broker_folder)[LOAD]
    load = _spawn("web.bench.publisher_process", broker.host, broker.port, user.username, user.password, file)
    _expect(load, "ready")
    assert load.stdin is not None
    start = time.perf_counter()
    load.stdin.write("go\n")
    load.stdin.flush()
    try:
        yield start
    finally:
        _end(load)


@contextmanager
def _consumer(
    case: Case, settings: Settings, broker: EmbeddedBroker, *, messages: int, events: int
) -> Iterator[Callable[[], None]]:
    """The case's process, listening; yields how to wait until it has done its work."""
    if case.name == "jixin":
        process = _spawn_tracker(settings, broker)
        wait: Callable[[], None] = lambda: _wait_for_position(settings, events, process)  # noqa: E731 a name for each way
        _wait_for_tracker(settings, broker)
    else:
        user = read_users(settings.broker_folder)[TRACKER]
        database = f"sqlite:///{settings.data_dir / 'peer.db'}"
        module = f"web.bench.{case.name}"
        process = _spawn(module, broker.host, broker.port, user.username, user.password, messages, database)
        _expect(process, "ready")
        wait = lambda: _expect(process, "done")  # noqa: E731 a name for each way
    try:
        yield wait
    finally:
        _end(process)


def _spawn_tracker(settings: Settings, broker: EmbeddedBroker) -> "subprocess.Popen[str]":
    user = read_users(settings.broker_folder)[TRACKER]
    environment = os.environ | {
        "JIXIN_DATA_DIR": str(settings.data_dir),
        "JIXIN_BROKER_URL": broker.url,
        "JIXIN_BROKER_USERNAME": user.username,
        "JIXIN_BROKER_PASSWORD": user.password,
        "JIXIN_LOG_LEVEL": "error",
    }
    return subprocess.Popen([sys.executable, "-m", "web.cli", "tracker"], env=environment, text=True)


def _wait_for_tracker(settings: Settings, broker: EmbeddedBroker) -> None:
    """Until the tracker has spoken on `jixin/v1/store`: from then on the broker keeps scans for it."""
    user = read_users(settings.broker_folder)[LOAD]
    listener = _spawn("web.bench.store_listener", broker.host, broker.port, user.username, user.password)
    _expect(listener, "ready")
    listener.wait(30)


def _wait_for_position(settings: Settings, position: int, process: "subprocess.Popen[str]") -> None:
    """Until the log has come so far."""
    deadline = time.monotonic() + TIMEOUT
    database = sqlite3.connect(f"file:{settings.data_dir / 'jixin.db'}?mode=ro", uri=True)
    try:
        while database.execute("SELECT position FROM log_head").fetchone()[0] < position:
            if time.monotonic() > deadline or process.poll() is not None:
                raise BenchFailed("the tracker did not record every event")
            time.sleep(0.005)
    finally:
        database.close()


def _spawn(module: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    process.communicate(timeout=30)


def _expect(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if line != word:
        raise BenchFailed(f"a process of the bench said {line!r}, not {word!r}")
