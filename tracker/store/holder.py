"""A holder's name (持有者): says which process on which machine it is, so that one that has died here can be seen.

On another machine, or in another container, nothing can be seen: there the lease must run out.
"""

import hashlib
import os
import secrets
import signal
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def own_name() -> str:
    """A new name for this process; as a name of database sessions it fits PostgreSQL's 63 bytes."""
    pid = os.getpid()
    return f"jixin-{_machine()}-{pid}-{_started(pid)}-{secrets.token_hex(4)}"


def is_gone(name: str) -> bool:
    """Whether this process ran here and runs no more. False where that cannot be known."""
    machine, pid, started = _parts(name)
    return machine == _machine() and _started(pid) != started


def kill(name: str) -> bool:
    """kill -9 of that process, and of those it started, where it still runs here and is another; whether it did."""
    pid = pid_here(name)
    if pid is None or pid == os.getpid():
        return False
    children = children_of(pid)
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:  # it has ended meanwhile, or is another user's
        return False
    for child in children:
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)
    return True


def pid_here(name: str) -> int | None:
    """The process id where that process still runs on this machine."""
    machine, pid, started = _parts(name)
    return pid if machine == _machine() and _started(pid) == started else None


def children_of(pid: int) -> list[int]:
    """The processes that this one started."""
    try:
        return [int(child) for task in (_PROC / str(pid) / "task").iterdir() for child in _words(task / "children")]
    except OSError:
        return []


def _parts(name: str) -> tuple[str, int, int]:
    _, machine, pid, started, _ = name.split("-")
    return machine, int(pid), int(started)


def _words(file: Path) -> list[str]:
    return file.read_text().split()


def _machine() -> str:
    """The same for processes that see each other: this boot of this machine, and this container."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text() + os.readlink(_PROC / "self/ns/pid")
    except OSError:
        boot = secrets.token_hex()  # no Linux: everybody is elsewhere
    return hashlib.sha256(boot.encode()).hexdigest()[:12]


def _started(pid: int) -> int:
    """When the process started, in ticks since boot: with the pid, no other process has it. 0 where none runs."""
    try:
        state, *fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if state == "Z" else int(fields[18])
