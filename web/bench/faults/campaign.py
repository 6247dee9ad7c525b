"""A campaign (试验批次): many sessions, a few at a time, each a process of its own; a round is told as it ends."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import msgspec

from web.bench.faults.fault import Fault, Kind, Pace, Round

AT_ONCE = 2  # sessions; one of them is mostly waiting
MOST = 11  # faults in a session


@dataclass(frozen=True, slots=True)
class Session:
    """Faults that one process tries, one after another, on one ground."""

    kind: Kind
    faults: tuple[Fault, ...]
    seed: int


def plan_sessions(faults: Sequence[Fault], *, passes: int, seed: int) -> list[Session]:
    """Every fault once a pass; a pass has a seed of its own, so that any round can be repeated."""
    return [
        Session(kind, chunk, seed + number)
        for number in range(passes)
        for kind in Kind
        for chunk in _chunks(fault for fault in faults if fault.kind is kind)
    ]


def run_campaign(sessions: Sequence[Session], *, pace: Pace, on_round: Callable[[Round], None]) -> list[Round]:
    """All rounds, in the order in which they ended; each is told at once."""
    found: list[Round] = []

    def run(session: Session) -> None:
        for each in run_session_process(session, pace=pace):
            found.append(each)
            on_round(each)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run, sessions))
    return found


def run_session_process(session: Session, *, pace: Pace) -> Iterator[Round]:
    """The rounds of one session; what a session that broke off has not tried is a failed round each."""
    names = [fault.name for fault in session.faults]
    words = [sys.executable, "-m", "web.bench.faults.session", session.kind.value, "long" if pace.is_long else "short"]
    with subprocess.Popen(
        [*mount_namespace(session.kind), *words, str(session.seed), *names],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            each = msgspec.json.decode(line, type=Round)
            names.remove(each.fault)
            yield each
        complaints = process.stderr.read()[-2000:]
    for name in names:
        yield Round(name, session.seed, "", 0, 0, 0, 0, 0.0, problem=f"the session broke off: {complaints}")


def mount_namespace(kind: Kind) -> list[str]:
    """What a session that mounts disks is started with: its mounts are its own and gone with it."""
    if kind is not Kind.SMALL_DISKS:
        return []
    unshare = shutil.which("unshare") or "unshare"
    return [unshare, "--mount"] if os.geteuid() == 0 else [unshare, "--map-root-user", "--mount"]


def _chunks(faults: Iterator[Fault]) -> Iterator[tuple[Fault, ...]]:
    while chunk := tuple(islice(faults, MOST)):
        yield chunk
