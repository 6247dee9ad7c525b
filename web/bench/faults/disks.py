"""The disks' faults (磁盘故障): full on the station, on the broker, on the store; a store that may only be read."""

from functools import partial
from pathlib import Path

from web.bench.faults.fault import Fault, Kind
from web.bench.faults.ground import Ground
from web.bench.faults.service import children_of, is_there, wait_until


def disk_faults() -> list[Fault]:
    """Faults of small disks."""
    titles = {"station": "网点磁盘写满", "broker": "消息代理磁盘写满", "store": "库磁盘写满"}
    full = [
        Fault(f"disk_full_{name}", title, f"disk full on the {name}", Kind.SMALL_DISKS, partial(fill, name=name))
        for name, title in titles.items()
    ]
    read_only = Fault("store_read_only", "SQLite 只读", "SQLite on a read-only disk", Kind.SMALL_DISKS, forbid_writing)
    return [*full, read_only]


def fill(ground: Ground, *, name: str) -> None:
    """Not a byte left until somebody has felt it, and a while longer."""
    disk, felt = ground.disks[name], {"station": "✗", "broker": "no space left", "store": "database_away"}[name]
    logs = {"broker": [ground.broker.log], "store": [ground.tracker.log]}
    wanted = logs.get(name) or [counter.service.log for counter in ground.counters]
    before = _count(felt, wanted)
    try:
        ground.strike(f"disk full on the {name}", disk.fill)
        ground.wait(lambda: _count(felt, wanted) > before, f"{name} feels that its disk is full")
        ground.hold(1 + ground.moment())
    finally:
        disk.empty()


def _count(word: str, logs: list[Path]) -> int:
    return sum(log.read_text(errors="replace").count(word) for log in logs)


def forbid_writing(ground: Ground) -> None:
    """A disk that the kernel no longer trusts, found after a restart; a service manager starts again what gives up."""
    disk = ground.disks["store"]
    ground.may_end = {"tracker", "scheduler"}

    def hit() -> None:
        readers = children_of(ground.tracker.pid)  # they have the database open too, and end by themselves
        ground.tracker.kill()
        ground.scheduler.kill()
        wait_until(lambda: not any(map(is_there, readers)), "the reading process is gone")
        disk.set_read_only(True)

    try:
        ground.strike("store read-only", hit)
        ground.tracker.start()
        ground.scheduler.start()
        ground.hold(2 + ground.moment())
    finally:
        disk.set_read_only(False)
