"""Processes (进程): who runs with a data dir, seen from /proc, and how to wait for what must become true."""

import os
import random
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 45.0  # seconds: the machine may be busy with other work


@dataclass(frozen=True, slots=True)
class Process:
    """A running process and its command line."""

    pid: int
    words: tuple[str, ...]
    is_fork: bool = False

    @property
    def service(self) -> str:
        """`up`, `tracker`, `web` …, `reading` for a tracker's second process, or the program's own name."""
        if self.is_fork:
            return "reading"
        if "web.cli" in self.words:
            return self.words[self.words.index("web.cli") + 1]
        return Path(self.words[0]).name

    def freeze(self) -> None:
        """Stop it where it is."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """kill -9, and gone when this returns."""
        os.kill(self.pid, signal.SIGKILL)
        wait_until(lambda: not is_running(self.pid), f"{self.service} is gone")


def is_running(pid: int) -> bool:
    """Whether it runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processes_under(folder: Path) -> list[Process]:
    """Every process that was started with a data dir at or below `folder`, whoever its parent is now."""
    mark = f"JIXIN_DATA_DIR={folder}"
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_running(int(entry.name)):
            with suppress(OSError):
                variables = (entry / "environ").read_bytes().decode(errors="replace").split("\0")
                if any(each == mark or each.startswith(f"{mark}/") for each in variables):
                    words = (entry / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
                    found.append(Process(int(entry.name), tuple(words)))
    words = {each.pid: each.words for each in found}
    return [replace(each, is_fork=words.get(parent_of(each.pid)) == each.words) for each in found]


def parent_of(pid: int) -> int:
    """The process that started it; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def wait_until(true: Callable[[], T], what: str, *, seconds: float = PATIENCE, every: float = 0.02) -> T:
    """What `true` returns, once that is something; fails with `what` when it never comes."""
    deadline = time.monotonic() + seconds
    while True:
        if found := true():
            return found
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(every)


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(12_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
