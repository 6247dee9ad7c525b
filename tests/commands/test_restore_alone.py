"""While a restore is under way no command writes what it would replace, and while one writes no restore begins."""

import fcntl
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from web.cli.program import app
from web.commands.installation import receipt_key
from web.commands.running import sharing_store, store_lock
from web.settings import Settings

DEVICE = ["--carrier", "BLUEBIRD", "--station", "HZ-01", "--device", "GUN-1"]
WRITING = [
    ["enrol", *DEVICE, "--out", "gun.json"],
    ["revoke", *DEVICE],
    ["broker-config", "--kind", "nats", "--node", "nats-1.example"],
    ["simulate", "--parcels", "1"],
    ["assess"],
    ["migrate"],
    ["quarantine", "drop", "--through", "1"],
    ["rotate-keys"],
    ["archive", "--month", "2023-01", "--out", "archive"],
]


def run(settings: Settings, words: list[str], monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("TERM", "dumb")
    return CliRunner().invoke(app, words)


@pytest.mark.parametrize("words", WRITING, ids=lambda words: words[0])
def test_a_command_that_writes_says_that_a_restore_is_under_way(
    settings: Settings, store: Engine, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store_lock(settings).parent.mkdir()
    with store_lock(settings).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run(settings, words, monkeypatch)
    assert result.exit_code == 1
    assert "a restore is under way" in result.output


def test_a_restore_waits_for_no_command_that_writes(
    settings: Settings, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt_key(settings)
    assert run(settings, ["backup", "--out", str(tmp_path / "backups")], monkeypatch).exit_code == 0
    (data,) = (tmp_path / "backups").glob("*data*")
    words = ["restore", "--data", str(data)]
    with sharing_store(settings), sharing_store(settings):
        result = run(settings, words, monkeypatch)
    assert (result.exit_code, "stop it before you restore" in result.output) == (1, True)
    assert "stop it before you restore" not in run(settings, words, monkeypatch).output


def test_what_a_command_wrote_stays_after_it_and_no_data_dir_is_made_by_looking(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(settings, ["revoke", *DEVICE], monkeypatch).exit_code == 1
    assert not settings.data_dir.exists()
    assert run(settings, ["migrate"], monkeypatch).exit_code == 0
    enrolled = run(settings, ["enrol", *DEVICE, "--out", str(settings.data_dir / "gun.json")], monkeypatch)
    assert (enrolled.exit_code, run(settings, ["revoke", *DEVICE], monkeypatch).exit_code) == (0, 0)
