"""A damaged outbox: it says so, nothing beeps, the shift goes on, and what can be read is sent after a rescue."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scanners.outbox import Lane, Outbox, OutboxDamaged
from scanners.station import Shift, run_station
from tests.scanners.counter import GUN, waybills_of
from tracker.wire.steps import Step

SHIFT = Shift(GUN.post, Step.ARRIVED, "C1")
PAGE = 4096
SCANS = 300


@pytest.fixture
def damaged(tmp_path: Path) -> Iterator[Outbox]:
    """An outbox with scans whose index of events was overwritten on the disk."""
    path = tmp_path / "outbox.db"
    outbox = Outbox(path)
    run_station([f"W{number}" for number in range(SCANS)], outbox, shift=SHIFT, say=lambda _: None)
    outbox.close()
    with closing(sqlite3.connect(path)) as database:
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_entry_1'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        file.write(os.urandom(64))
    outbox = Outbox(path)
    yield outbox
    outbox.close()


def test_a_scan_that_a_damaged_outbox_does_not_keep_is_said_and_ends_no_shift(damaged: Outbox) -> None:
    said: list[str] = []
    assert run_station(["LATE1", "LATE2"], damaged, shift=SHIFT, say=said.append) == 0
    assert [line[:1] for line in said] == ["✗", "✗"]
    assert all("--outbox" in line for line in said)
    with pytest.raises(OutboxDamaged):
        damaged.put(GUN.post, GUN.scan("LATE3"))


def test_what_can_be_read_is_rescued(damaged: Outbox, tmp_path: Path) -> None:
    damaged.close()
    old, new = tmp_path / "outbox.db", tmp_path / "rescued.db"
    with closing(sqlite3.connect(old)) as read, closing(sqlite3.connect(new)) as written:
        written.executescript("\n".join(read.iterdump()))
    with closing(Outbox(new)) as rescued:
        sent = waybills_of(body for _, body in rescued.next_items(Lane(GUN.post)))
    assert sent == [f"W{number}" for number in range(SCANS)]
