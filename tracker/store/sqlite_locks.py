"""SQLite's locks (数据库文件锁): which process has the one lock for writing, as the kernel tells it."""

from contextlib import suppress
from pathlib import Path

from tracker.store.holder import children_of, pid_here

_LOCKS = Path("/proc/locks")
_WRITE_BYTE = 120  # of the -shm file, while in WAL mode: SQLite's WAL_WRITE_LOCK


def is_writing(holder: str, database: str) -> bool:
    """Whether this process of this machine, or one that it started, has the lock for writing on the database file.

    False where that cannot be known: no Linux, another machine, another container.
    """
    pid = pid_here(holder)
    return pid is not None and bool(_writers(database) & {pid, *children_of(pid)})


def _writers(database: str) -> set[int]:
    """Who has the WAL's write lock, or the whole file for itself.

    A line is `1: POSIX ADVISORY WRITE pid major:minor:inode first last`. The inode alone decides: on an overlay the
    kernel names another device than stat does, and who has the lock must be the holder anyway.
    """
    shared, whole = (_inode(Path(database + suffix)) for suffix in ("-shm", ""))
    writers = set()
    with suppress(OSError):
        for line in _LOCKS.read_text().splitlines():
            words = line.split()
            if len(words) != 8 or words[3] != "WRITE":  # also who only waits: `1: -> POSIX ...`
                continue
            inode, first, last = int(words[5].rpartition(":")[2]), int(words[6]), words[7]
            covers = first <= _WRITE_BYTE and (last == "EOF" or int(last) >= _WRITE_BYTE)
            if inode == whole or (inode == shared and covers):
                writers.add(int(words[4]))
    return writers


def _inode(file: Path) -> int | None:
    try:
        return file.stat().st_ino
    except OSError:
        return None
