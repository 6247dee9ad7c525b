"""The check for personal data is told to stop: what it opened ends, and its folder with what it invented goes."""

import signal
from pathlib import Path

import pytest

from tests.walk.installation import Installation
from tests.walk.processes import processes_under, wait_until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_check_that_is_told_to_stop_leaves_neither_folder_nor_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    check = Installation(tmp_path / "data").start("doctor", "--privacy", "--parcels", "1")
    folders = (tmp_path / "tmp").glob
    (folder,) = wait_until(lambda: list(folders("jixin-privacy-*")), "it has a folder", seconds=60)
    wait_until(lambda: (folder / "data" / "jixin.db").exists(), "the house is being opened", seconds=60)
    assert processes_under(folder)
    check.send_signal(number)
    check.send_signal(number)
    assert check.wait(timeout=60) == 1
    assert list(folders("jixin-privacy-*")) == []
    assert processes_under(folder) == []
