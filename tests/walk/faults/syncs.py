"""System calls (系统调用): what a real process asked of the kernel, in order, as strace saw it."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.walk.mosquitto import find_program
from tests.walk.processes import wait_until

CALLS = "trace=fsync,fdatasync,write,writev,sendto,sendmsg,recvfrom,recvmsg,read"
LINE = re.compile(r"^(?P<thread>\d+) +(?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class Call:
    """One finished system call: its name, its arguments with the files' paths, and what it returned."""

    name: str
    arguments: str
    result: str

    def has_synced(self, path_end: str) -> bool:
        """Whether it brought this file to the disk."""
        return self.name in ("fsync", "fdatasync") and f"{path_end}>" in self.arguments and self.result.startswith("0")


def options(file: Path) -> list[str]:
    """strace and its options: threads too, paths of descriptors, enough of the bytes to know them."""
    return [find_program("strace"), "-f", "-y", "-qq", "-s", "400", "-e", CALLS, "-o", str(file)]


def read_calls(file: Path) -> list[Call]:
    """The calls in the order in which they ended, a write in the order in which it began: the stricter of both."""
    begun: dict[str, str] = {}
    calls = []
    for line in file.read_text(errors="replace").splitlines():
        if not (match := LINE.match(line)):
            continue
        thread, rest = match["thread"], match["rest"]
        if rest.endswith("<unfinished ...>"):
            begun[thread] = rest.removesuffix("<unfinished ...>")
            if rest.startswith(("write", "send")):
                calls.append(_call(begun[thread]))
        elif rest.startswith("<... "):
            whole = begun.pop(thread, "") + rest.partition(" resumed>")[2]
            if not whole.startswith(("write", "send")):
                calls.append(_call(whole))
        elif "(" in rest:
            calls.append(_call(rest))
    return calls


def _call(text: str) -> Call:
    name, _, rest = text.partition("(")
    arguments, _, result = rest.rpartition(" = ")
    return Call(name, arguments or rest, result)


@contextmanager
def watched(pids: Sequence[int], file: Path) -> Iterator[None]:
    """strace on running processes, until the block ends."""
    named = [word for pid in pids for word in ("-p", str(pid))]
    strace = subprocess.Popen([*options(file), *named], stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: strace.poll() is not None or all(map(_is_traced, pids)), "strace has taken hold")
        assert strace.poll() is None, strace.stderr and strace.stderr.read()
        yield
        time.sleep(0.2)  # what it has seen is written
    finally:
        strace.send_signal(signal.SIGINT)
        strace.communicate(timeout=20)


def _is_traced(pid: int) -> bool:
    status = [Path(task, "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    return all("TracerPid:\t0\n" not in each for each in status)
