"""Private files: whole or not at all, and for their owner only."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest

from tracker.wire.private_file import write_once, write_private


def test_a_file_is_its_owners_and_takes_an_older_ones_place(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_private(path, b"one")
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_of_many_who_write_once_the_first_wins(tmp_path: Path) -> None:
    together = Barrier(6)
    path = tmp_path / "file"

    def write(content: bytes) -> None:
        together.wait()
        write_once(path, content)

    threads = [Thread(target=write, args=(b"%d" % number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = path.read_bytes()
    write_once(path, b"late")
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [write_private, write_once])
def test_content_and_name_are_on_disk_when_it_is_written(
    tmp_path: Path, write: Callable[[Path, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "file", []

    def note(number: int) -> None:
        synced.append((os.path.realpath(f"/proc/self/fd/{number}"), path.exists()))

    monkeypatch.setattr(os, "fsync", note)
    write(path, b"one")
    (draft, before), last = synced
    assert (draft.startswith(f"{path}."), before) == (True, False)
    assert last == (str(tmp_path), True), "after the name is there"
