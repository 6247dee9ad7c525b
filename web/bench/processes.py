"""The processes of a round (进程): a broker, a tracker, and programs that say over their output how far they are."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tracker.intake.broker import EmbeddedBroker, choose_port
from tracker.intake.broker_users import TRACKER, read_users
from web.settings import Settings

LOAD = "bench-load"  # the broker user of the load
PROGRAMS = "web.bench.programs"


class BenchFailed(RuntimeError):
    """A round did not end; the message says which and where to look."""


@contextmanager
def run_broker(settings: Settings) -> Iterator[EmbeddedBroker]:
    """An embedded broker on a free port; its users stand in the data dir."""
    broker = EmbeddedBroker(settings.broker_folder, "127.0.0.1", choose_port("127.0.0.1", 0, exactly=True))
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def run_tracker(settings: Settings, broker: EmbeddedBroker, url: str) -> Iterator["subprocess.Popen[str]"]:
    """A tracker that listens: the block begins once the broker keeps scans for it."""
    user = read_users(settings.broker_folder)[TRACKER]
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
        yield process
    finally:
        end(process)


def spawn(module: str, *arguments: object) -> "subprocess.Popen[str]":
    """Start one of our modules as a program."""
    return start([sys.executable, "-m", module, *arguments])


def start(command: list[object]) -> "subprocess.Popen[str]":
    """Start a program that speaks over its output and is spoken to over its input."""
    return subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say_to(process: "subprocess.Popen[str]", word: str) -> None:
    """A line to its input."""
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def line_of(process: "subprocess.Popen[str]") -> str:
    """The next line of its output; empty at its end."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def expect(process: "subprocess.Popen[str]", word: str) -> None:
    """Wait for this line. Raises BenchFailed for any other."""
    if (line := line_of(process)) != word:
        raise BenchFailed(f"a program of the bench said {line!r}, not {word!r}: {process.args!r}")


def end(process: "subprocess.Popen[str]") -> None:
    """Ask it to end and wait until it has."""
    process.terminate()
    process.communicate(timeout=30)


def _wait_for_tracker(settings: Settings, broker: EmbeddedBroker) -> None:
    """Until the tracker has spoken on `jixin/v1/store`: from then on the broker keeps scans for it."""
    user = read_users(settings.broker_folder)[LOAD]
    listener = spawn(f"{PROGRAMS}.store_listener", broker.host, broker.port, user.username, user.password)
    expect(listener, "ready")
    listener.wait(30)
