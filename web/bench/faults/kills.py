"""Kills (强行中止): kill -9 of one service or of two, and its start again some moments later."""

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from itertools import combinations

from web.bench.faults.counter import Counter
from web.bench.faults.fault import Fault, Kind
from web.bench.faults.ground import Ground
from web.bench.faults.service import RoundFailed, children_of

CHINESE = {
    "station": "网点",
    "broker": "消息代理",
    "tracker": "入库进程",
    "postgres": "PostgreSQL",
    "scheduler": "任务进程",
}


def kills() -> list[Fault]:
    """Each service alone, and every pair; those with PostgreSQL on its own ground."""
    alone = [(name,) for name in CHINESE]
    return [
        *(_fault(names) for names in (*alone, *combinations(CHINESE, 2))),
        Fault(
            name="kill_reader",
            title_zh="kill -9 入库进程的读取进程",
            title_en="kill -9 of the tracker's reading process",
            kind=Kind.SQLITE,
            strike=kill_reader,
        ),
    ]


def _fault(names: tuple[str, ...]) -> Fault:
    kind = Kind.POSTGRESQL if "postgres" in names else Kind.SQLITE
    chinese = "、".join(CHINESE[name] for name in names)
    return Fault(
        f"kill_{'_'.join(names)}",
        f"kill -9 {chinese}",
        f"kill -9 of {' and '.join(names)}",
        kind,
        partial(kill_and_start_again, names=names),
    )


def kill_and_start_again(ground: Ground, *, names: tuple[str, ...]) -> None:
    """All of them at once; each comes back in its own time, in an order left to chance."""
    if "postgres" in names:
        ground.may_end = {"tracker", "scheduler"}  # neither starts without a database; a service manager tries again
    killed = [_how_to_kill(ground, name) for name in names]

    def hit() -> None:
        for kill, _ in killed:
            kill()

    ground.strike(" + ".join(names), hit)
    starts = [start for _, start in killed]
    ground.chance.shuffle(starts)
    for start in starts:
        time.sleep(ground.moment())  # nobody looks after what was killed
        start()


def kill_reader(ground: Ground) -> None:
    """The recorder ends with it, and both come back."""
    ground.may_end = {"tracker"}
    (pid,) = children_of(ground.tracker.pid)
    ground.strike("the reading process", lambda: os.kill(pid, signal.SIGKILL))
    ground.wait(lambda: ground.tracker.is_running and pid not in children_of(ground.tracker.pid), "it is back")


def _how_to_kill(ground: Ground, name: str) -> tuple[Callable[[], None], Callable[[], None]]:
    if name == "postgres":
        if ground.postgres is None:
            raise RoundFailed("this ground has no PostgreSQL")
        return ground.postgres.kill, ground.postgres.start
    if name == "station":
        counter: Counter = ground.chance.choice(ground.counters)
        return counter.service.kill, counter.start
    service = {"broker": ground.broker, "tracker": ground.tracker, "scheduler": ground.scheduler}[name]
    return service.kill, service.start
