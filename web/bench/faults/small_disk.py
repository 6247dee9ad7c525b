"""A small disk (小磁盘): a tmpfs of a few MiB that can be filled, emptied and made read-only."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SIZE = 24 * 1024 * 1024


class MountRefused(RuntimeError):
    """No disk can be mounted here; the message says which privilege is missing."""


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted disk; what fills it is one file."""

    folder: Path

    def fill(self) -> None:
        """Write until there is no byte left."""
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            for size in (1024 * 1024, 4096, 1):
                with suppress(OSError):
                    while True:
                        ballast.write(b"\0" * size)

    def empty(self) -> None:
        """Make room again."""
        (self.folder / "ballast").unlink(missing_ok=True)

    def set_read_only(self, read_only: bool) -> None:
        """Take or give the right to write."""
        _run("mount", "-o", f"remount,{'ro' if read_only else 'rw'},size={SIZE}", str(self.folder))


@contextmanager
def mount_small_disk(folder: Path) -> Iterator[SmallDisk]:
    """A disk of 24 MiB. Raises MountRefused.

    The process must be in a mount namespace of its own, so that the disk is gone with it.
    """
    folder.mkdir(parents=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*words: str) -> None:
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    if result.returncode:
        raise MountRefused(
            f"{' '.join(words)}: {result.stderr.strip()}; a full disk is tried on a tmpfs, which takes the right to "
            "mount (CAP_SYS_ADMIN): run as root, or let users have namespaces of their own (unshare --user --mount)"
        )
