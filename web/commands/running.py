"""What runs here (运行状态): the embedded broker of this data dir, and locks; needs no server packages."""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event

import msgspec

from web.settings import Settings


class InstallationError(RuntimeError):
    """The command cannot run here; the message says what to do."""


class Misused(ValueError):
    """The command was asked for what there is not (exit 2); the message says what there is."""


class InstallationDoubt(RuntimeError):
    """All works now, and somebody should act before it does not; the message says how."""


class RunningBroker(msgspec.Struct, frozen=True):
    """A running embedded broker: where it listens and which process it is."""

    url: str
    pid: int


def running_broker(settings: Settings) -> RunningBroker | None:
    """The embedded broker of a running `up` or `demo` with this data dir."""
    try:
        running = msgspec.json.decode(settings.running_file.read_bytes(), type=RunningBroker)
        os.kill(running.pid, 0)
    except (OSError, msgspec.MsgspecError):
        return None
    return running if _is_held(supervisor_lock(settings)) else None  # after a crash the pid may be anybody's


def supervisor_lock(settings: Settings) -> Path:
    """The lock that a running `up` or `demo` holds."""
    return settings.data_dir / "run" / "lock"


def store_lock(settings: Settings) -> Path:
    """The lock that every service on this data dir shares, and a restore has alone."""
    return settings.data_dir / "run" / "store.lock"


def restoring_file(settings: Settings) -> Path:
    """Here while a restore puts data back, and after one that was cut off; holds what stood in the store before."""
    return settings.data_dir / "run" / "restoring"


def share_store(settings: Settings) -> None:
    """Keep a restore out until this process ends. Raises InstallationError while one is under way."""
    _take_share(settings)  # open until the end


@contextmanager
def sharing_store(settings: Settings) -> Iterator[None]:
    """Keep a restore out while a command writes, which would be lost in it. Raises InstallationError as above."""
    if not settings.data_dir.is_dir():  # nothing is restored into it, and looking makes none
        yield
        return
    taken = _take_share(settings)
    try:
        yield
    finally:
        os.close(taken)


def _take_share(settings: Settings) -> int:
    path = store_lock(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    taken = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(taken, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(taken)
        raise InstallationError(
            f"正在恢复 · a restore is under way in {settings.data_dir}; start again when it is done"
        ) from None
    return taken


def _is_held(path: Path) -> bool:
    try:
        with path.open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def find_broker_url(settings: Settings) -> str | None:
    """The broker set, else the running embedded one, else None: an enrolment names one too."""
    if settings.broker_url is not None:
        return settings.broker_url
    running = running_broker(settings)
    return running.url if running else None


@contextmanager
def own_number(settings: Settings, kind: str) -> Iterator[int]:
    """The lowest number that no other process of this kind in this data dir has: a new one gets a dead one's back."""
    folder = settings.data_dir / "run"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in count(1):
        with (folder / f"{kind}-{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number
            return


@contextmanager
def only_one(path: Path, message: str) -> Iterator[None]:
    """Hold a lock file; raises InstallationError with `message` when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InstallationError(message) from None
        yield


def stop_on_signals() -> Event:
    """An event that SIGINT and SIGTERM set."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
