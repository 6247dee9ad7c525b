"""The devices' faults (终端故障): a clock that jumps, an old outbox put back, one identity on two devices."""

import shutil
import sqlite3
from contextlib import closing
from functools import partial

from web.bench.faults.counter import Counter
from web.bench.faults.fault import Fault, Kind
from web.bench.faults.ground import Ground

DAY = 86_400.0


def device_faults() -> list[Fault]:
    """Faults of a device."""
    return [
        Fault("clock_jumps", "时钟跳变一天", "clock jumping a day back and forth", Kind.SQLITE, jump_in_time),
        Fault(
            "outbox_restored", "待传箱从旧备份恢复", "outbox restored from an old backup", Kind.SQLITE, restore_outbox
        ),
        Fault("identity_cloned", "两台终端同一凭据", "two devices with one identity", Kind.SQLITE, clone_identity),
        Fault("disk_cloned", "两台终端同一磁盘", "two devices with copies of one disk", Kind.SQLITE, clone_disk),
    ]


def jump_in_time(ground: Ground) -> None:
    """A day ahead, a day behind, at random; then right again."""
    counter = ground.chance.choice(ground.counters)
    jumps = [DAY, -DAY]
    ground.chance.shuffle(jumps)
    for jump in (*jumps, 0.0):
        ground.strike(f"clock {jump / DAY:+.0f} d", partial(counter.set_clock, jump))
        ground.hold(ground.moment())


def restore_outbox(ground: Ground) -> None:
    """What the backup holds was mostly receipted since; the device counts on from an old number."""
    counter = ground.chance.choice(ground.counters)
    ground.strike("station killed, its outbox copied", counter.service.kill)
    backup = counter.outbox.with_suffix(".backup")
    with closing(sqlite3.connect(counter.outbox)) as old, closing(sqlite3.connect(backup)) as copy:
        old.backup(copy)
    counter.start()
    ground.hold(ground.moment())
    ground.drain()  # what was scanned since the backup has its receipts: nobody can bring back what a lost disk held
    counter.service.kill()
    for suffix in ("-wal", "-shm"):
        counter.outbox.with_name(counter.outbox.name + suffix).unlink(missing_ok=True)
    shutil.copy(backup, counter.outbox)
    counter.start()
    ground.go()
    ground.hold(ground.moment())


def clone_identity(ground: Ground) -> None:
    """The same enrolment file on another device: both count from their own numbers."""
    label = f"TWIN{ground.chance.randrange(10**6)}"
    twin = ground.add_counter(ground.counters[0].enrolment, label)
    _work_side_by_side(ground, twin, "a second device with the same identity")


def clone_disk(ground: Ground) -> None:
    """A copy of a device's whole disk: the same identity, outbox and install id, so both fight for one connection."""
    counter = ground.counters[0]
    label = f"COPY{ground.chance.randrange(10**6)}"
    copy = counter.outbox.with_name(f"{label}.db")
    with closing(sqlite3.connect(counter.outbox)) as original, closing(sqlite3.connect(copy)) as other:
        original.backup(other)
    twin = ground.add_counter(counter.enrolment, label, outbox=copy)
    _work_side_by_side(ground, twin, "a second device with a copy of the disk")


def _work_side_by_side(ground: Ground, twin: Counter, what: str) -> None:
    ground.strike(what, twin.start)
    ground.hold(2 + ground.moment())
    ground.wait(lambda: bool(twin.promises.beeped), f"{what} has beeped")
    ground.drain()
    ground.retire(twin)
