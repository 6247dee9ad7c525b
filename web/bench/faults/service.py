"""A service under test (被试进程): a real process that can be killed and started again, and how much memory it took."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from tracker.intake.broker import die_with_parent

T = TypeVar("T")
PATIENCE = 60.0  # seconds: the machine may be busy with other work


class RoundFailed(RuntimeError):
    """A round did not go as it must; the message says what was seen."""


@dataclass(slots=True)
class Service:
    """One process of ours, started the same way again and again; dies with the process that runs the round."""

    name: str
    words: Sequence[str]
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[str] | None" = None
    stdin: int | IO[str] = subprocess.DEVNULL
    peak: int = 0  # bytes
    folder: Path | None = None  # where it runs; without it, here

    def start(self) -> None:
        """Start it; returns at once."""
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                self.words,
                env=self.environment,
                cwd=self.folder,
                stdin=self.stdin,
                stdout=output,
                stderr=output,
                text=True,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} was never started"
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """kill -9, and gone when this returns."""
        self.weigh()
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        self.weigh()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def weigh(self) -> None:
        """Note the most memory that it has had resident so far."""
        if self.is_running:
            self.peak = max(self.peak, peak_memory(self.pid))

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""


def peak_memory(pid: int) -> int:
    """VmHWM of a process and of its children together, in bytes; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    own = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
    return own + sum(map(peak_memory, children_of(pid)))


def children_of(pid: int) -> list[int]:
    """The processes that its main thread has started; none when it is gone."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def is_there(pid: int) -> bool:
    """Whether there is a process of this number."""
    return Path(f"/proc/{pid}").exists()


def wait_until(true: Callable[[], T], what: str, *, seconds: float = PATIENCE, every: float = 0.02) -> T:
    """What `true` returns, once that is something. Raises RoundFailed when it never comes."""
    deadline = time.monotonic() + seconds
    while True:
        if found := true():
            return found
        if time.monotonic() > deadline:
            raise RoundFailed(f"not within {seconds:.0f} s: {what}")
        time.sleep(every)


def freeze(pid: int) -> None:
    """Stop a process where it is."""
    os.kill(pid, signal.SIGSTOP)
