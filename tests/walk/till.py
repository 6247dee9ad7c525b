"""A till (柜台): a `jixin station` process on a machine of its own, its list synced before each beep."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.walk.installation import Installation
from tests.walk.processes import PATIENCE, wait_until
from tests.walk.witness import rows


@dataclass(slots=True)
class Till:
    """One running station; what it has scanned stands in `paper`, on disk, before the scanner saw it."""

    process: "subprocess.Popen[str]"
    outbox: Path
    paper: Path

    @property
    def listed(self) -> list[str]:
        return self.paper.read_text().split()

    def scan(self, *numbers: str) -> None:
        """Write each number down, then scan it; returns when all have beeped."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with self.paper.open("a") as written:
            written.writelines(f"{number}\n" for number in numbers)
            written.flush()
            os.fsync(written.fileno())
        self.process.stdin.writelines(f"{number}\n" for number in numbers)
        self.process.stdin.flush()
        for number in numbers:
            assert f"✓ {number} arrived" in self.process.stdout.readline()

    def receipted(self) -> int:
        """How many of its events have a receipt."""
        return sum(number for (number,) in rows(self.outbox, "SELECT count(*) FROM entry WHERE receipted_at NOT NULL"))

    def wait_for_receipts(self) -> None:
        """Until everything on the list has its receipt."""
        wait_until(lambda: self.receipted() == len(self.listed), "every scan has its receipt")

    def close(self) -> str:
        """The end of the shift; what the station said at last."""
        said, _ = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, said
        return said


@contextmanager
def open_till(folder: Path, enrolment: Path) -> Iterator[Till]:
    """A station that scans until the block ends, killed where it has not ended by then."""
    folder.mkdir(exist_ok=True)
    machine = Installation(folder / "data")
    outbox, paper = folder / "outbox.db", folder / "list"
    words = (
        "station",
        "--enrolment",
        str(enrolment),
        "--step",
        "arrived",
        "--outbox",
        str(outbox),
        "--wait",
        str(PATIENCE),
    )
    with (folder / "log").open("a") as log:
        process = machine.start(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    paper.touch()
    try:
        yield Till(process, outbox, paper)
    finally:
        process.kill()
        process.communicate()
