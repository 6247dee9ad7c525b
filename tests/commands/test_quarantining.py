"""`jixin quarantine`: the oldest go out with their exact bytes, for the owner alone, and only then are removed."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tracker.store.database import build_engine, transaction
from tracker.store.migrate import upgrade
from tracker.store.quarantine import Kept, save_quarantined
from tracker.wire.topics import Post
from web.cli.program import app

BODIES = [b"\x00\xff{", b'{"name":"\xe8\xb5\xb5"}', b"", b"[" * 100]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data dir whose store has four rows in quarantine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JIXIN_DATA_DIR", str(tmp_path))
    engine = build_engine(f"sqlite:///{tmp_path / 'jixin.db'}")
    upgrade(engine)
    post = Post("BLUEBIRD", "HZ-01", "GUN-1")
    for number, body in enumerate(BODIES):
        code = "unreadable" if number % 2 == 0 else "head_malformed"
        with transaction(engine) as session:
            save_quarantined(session, [Kept(body, code, "why", post)], seen_at=datetime(2026, 7, 1, tzinfo=UTC))
    engine.dispose()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["quarantine", *arguments])


def export(file: Path, *options: str) -> list[dict[str, object]]:
    result = run("export", "--out", str(file), *options)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def test_an_export_holds_the_oldest_first_with_their_exact_bytes(home: Path) -> None:
    rows = export(home / "out.jsonl")
    assert [base64.b64decode(str(row["body"]), validate=True) for row in rows] == BODIES
    assert set(rows[0]) == {"id", "code", "reason", "carrier", "station", "device", "size", "sha256", "times_seen",
                            "first_seen", "last_seen", "body"}  # fmt: skip
    assert (home / "out.jsonl").stat().st_mode & 0o777 == 0o600
    assert not list(home.glob("*.part"))


def test_ids_and_codes_choose(home: Path) -> None:
    rows = export(home / "all.jsonl")
    assert export(home / "before.jsonl", "--before", str(rows[2]["id"])) == rows[:2]
    assert export(home / "code.jsonl", "--code", "head_malformed") == rows[1::2]


@pytest.mark.parametrize(("code", "said"), [("nonsense", "head_malformed"), ("unreadible", "did you mean unreadable?")])
def test_a_code_that_there_is_not_is_a_misuse_and_writes_nothing(home: Path, code: str, said: str) -> None:
    for words in (["export", "--out", str(home / "x.jsonl")], ["drop", "--through", "9"]):
        result = run(*words, "--code", code)
        assert (result.exit_code, said in result.output) == (2, True)
    assert not (home / "x.jsonl").exists()


def test_what_was_exported_is_removed_by_the_command_that_the_export_prints(home: Path) -> None:
    result = run("export", "--out", str(home / "a.jsonl"), "--code", "unreadable")
    printed = result.output.split("jixin quarantine ")[1].split()
    assert "2 行" in run(*printed).output
    assert [row["code"] for row in export(home / "left.jsonl")] == ["head_malformed"] * 2
    assert "0 行" in run(*printed).output


def test_an_export_takes_no_files_place(home: Path) -> None:
    (home / "out.jsonl").write_text("mine")
    result = run("export", "--out", str(home / "out.jsonl"))
    assert (result.exit_code, (home / "out.jsonl").read_text()) == (1, "mine")


def test_an_export_that_cannot_be_written_fails_and_leaves_nothing(home: Path) -> None:
    result = run("export", "--out", str(home / "nowhere" / "out.jsonl"))
    assert (result.exit_code, "cannot write" in result.output) == (1, True)


def test_of_an_empty_quarantine_an_empty_file_is_written(home: Path) -> None:
    assert run("drop", "--through", "999").exit_code == 0
    result = run("export", "--out", str(home / "empty.jsonl"))
    assert (result.exit_code, (home / "empty.jsonl").read_bytes()) == (0, b"")
    assert "drop --through" not in result.output


@pytest.mark.parametrize("arguments", [["export"], ["drop"], ["drop", "--through", "0"], ["drop", "--through", "x"]])
def test_a_misuse_ends_with_2(home: Path, arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2
