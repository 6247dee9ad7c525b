"""The program: commands explain themselves, a failure is one line that says what to do, exit codes are 0, 1, 2."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from tests.intake.devices import Device, Intake
from tests.walk.processes import free_port
from tracker.store.database import reading
from tracker.store.event_store import log_head
from tracker.store.migrate import downgrade
from tracker.wire.enrolment import read_enrolment
from web.cli.program import app
from web.commands.running import only_one, supervisor_lock
from web.settings import Settings

COMMANDS = sorted(getattr(typer.main.get_command(app), "commands", {}))
GUN = ["--carrier", "BLUEBIRD", "--station", "HZ-01", "--device", "GUN-1"]
Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("enrol", …)`: one command with this test's data dir."""
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("TERM", "dumb")

    def invoke(*words: object, **variables: str) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], env=variables)

    return invoke


def one_line(result: Result) -> str:
    """The one line in which a failed command says what to do."""
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    lines = result.output.splitlines()
    assert len(lines) == 1, result.output
    assert lines[0].startswith("✗ ")
    return lines[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    for flag in ("--help", "-h"):
        result = run(command, flag)
        assert result.exit_code == 0
        assert "Usage" in result.output


@pytest.mark.parametrize("words", [[], ["bench"], ["enrol"], ["quarantine", "export"]], ids=" ".join)
def test_the_help_loses_no_word_at_80_columns(run: Run, words: list[str]) -> None:
    shown = run(*words, "--help", COLUMNS="80").output
    assert "…" not in "".join(line.rstrip()[-1:] for line in shown.splitlines())
    assert "..." not in "".join(line.rstrip()[-3:] for line in shown.splitlines() if not line.startswith("Usage"))


def test_the_program_alone_shows_its_commands(run: Run) -> None:
    shown = run().output
    assert all(command in shown for command in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ["walk"],
        ["enrol"],
        ["enrol", *GUN],
        ["enrol", "--carrier", "BLUE BIRD", "--station", "S", "--device", "D", "--out", "x.json"],
        ["revoke", "--carrier", "B", "--station", "青", "--device", "D"],
        ["replay"],
        ["simulate", "--parcels", "-1"],
        ["station", "--enrolment", "x.json", "--step", "teleported"],
        ["station", "--enrolment", "x.json", "--step", "accepted"],
        ["verify", "--keys"],
    ],
    ids=lambda words: " ".join(words)[:30],
)
def test_misuse_ends_with_2(run: Run, words: list[str]) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JIXIN_WEB_PORT", "eighty"),
        ("JIXIN_WEB_PORT", "70000"),
        ("JIXIN_BROKER_PORT", "-1"),
        ("JIXIN_LOG_LEVEL", "chatty"),
    ],
)
def test_a_wrong_setting_ends_with_2_and_its_name(run: Run, name: str, value: str) -> None:
    result = run("migrate", **{name: value})
    assert result.exit_code == 2
    assert name in result.output


def test_settings_may_stand_in_a_file_and_a_variable_wins(run: Run, tmp_path: Path) -> None:
    (tmp_path / "jixin.toml").write_text('web_port = "eighty"\n')
    assert run("migrate").exit_code == 2
    assert run("migrate", JIXIN_WEB_PORT="8001").exit_code == 0


def test_migrating_makes_the_store_and_again_changes_nothing(run: Run, settings: Settings) -> None:
    assert run("migrate").exit_code == 0
    store = settings.data_dir / "jixin.db"
    assert store.is_file()
    assert run("migrate").output == run("migrate").output


def test_enrolling_writes_the_file_and_says_the_kid_but_no_secret(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "gun.json"
    result = run("enrol", *GUN, "--out", out)
    assert result.exit_code == 0, result.output
    enrolment = read_enrolment(out)
    assert enrolment.kid in result.output
    assert "BLUEBIRD/HZ-01/GUN-1" in result.output
    assert enrolment.broker.password not in result.output
    assert enrolment.private_key.d not in result.output


def test_who_enrols_without_a_place_is_told_what_that_means(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "gun.json"
    assert "counts in no province: enrol again with --division" in run("enrol", *GUN, "--out", out).output
    placed = run("enrol", *GUN, "--out", out, "--division", "330106")
    assert (placed.exit_code, "--division" in placed.output) == (0, False)
    assert read_enrolment(out).division == "330106"
    assert run("enrol", *GUN, "--out", out, "--division", "999999").exit_code == 2
    assert run("enrol", "--gateway", "--out", out, "--division", "330106").exit_code == 2


def test_a_device_is_revoked_once(run: Run, tmp_path: Path) -> None:
    run("enrol", *GUN, "--out", tmp_path / "gun.json")
    assert run("revoke", *GUN).exit_code == 0
    assert "no key in force" in one_line(run("revoke", *GUN))


def test_a_device_or_the_gateway_is_revoked_and_never_both(run: Run, settings: Settings, tmp_path: Path) -> None:
    run("enrol", *GUN, "--out", tmp_path / "gun.json")
    for words in ([], GUN[:4], [*GUN, "--gateway"]):
        assert run("revoke", *words).exit_code == 2
    assert "no key in force" in run("revoke", "--gateway").output
    assert run("revoke", "--gateway").exit_code == 0
    assert read_enrolment(settings.gateway_file).is_gateway


def test_after_a_restored_backup_a_new_epoch_begins(run: Run, store: Engine) -> None:
    epochs = [1]
    for _ in range(2):
        said = run("migrate", "--restored").output
        with reading(store) as session:
            epochs.append(log_head(session).epoch)
        assert f"epoch {epochs[-1]}:" in said
    assert len(set(epochs)) == 3
    run("migrate")
    with reading(store) as session:
        assert log_head(session).epoch == epochs[-1]


def test_a_backup_says_where_it_is_and_a_restore_what_to_do_next(run: Run, settings: Settings, tmp_path: Path) -> None:
    assert run("restore").exit_code == 2
    assert run("backup").exit_code == 2
    run("enrol", *GUN, "--out", tmp_path / "gun.json")
    said = run("backup", "--out", tmp_path / "backups")
    assert said.exit_code == 0, said.output
    data, keys = sorted((tmp_path / "backups").iterdir())
    assert str(data) in said.output
    assert str(keys) in said.output
    assert "keep the keys apart" in said.output
    other = {"JIXIN_DATA_DIR": str(tmp_path / "other")}
    restored = run("restore", "--data", data, "--keys", keys, **other)
    assert restored.exit_code == 0, restored.output
    assert "stations send their last 7 days again" in restored.output
    assert "`jixin replay` once more" in restored.output, "a gateway sends only while it runs"
    (data / "store.sqlite").write_bytes(b"harm")
    assert "is damaged" in one_line(run("restore", "--data", data, "--overwrite", **other))
    assert "is no backup" in one_line(run("restore", "--keys", tmp_path, **other))


def test_a_devices_name_that_belongs_to_gateways_is_said(run: Run, tmp_path: Path) -> None:
    words = ["--carrier", "B", "--station", "S", "--device", "replay", "--out", tmp_path / "x.json"]
    assert "replay" in one_line(run("enrol", *words))


@pytest.mark.parametrize(
    "words", [["tracker"], ["web"], ["scheduler"], ["assess"], ["revoke", *GUN]], ids=lambda words: words[0]
)
def test_a_store_of_another_schema_says_to_migrate(run: Run, store: Engine, words: list[str]) -> None:
    downgrade(store, "base")
    assert "jixin migrate" in one_line(run(*words, JIXIN_WEB_PORT=str(free_port())))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://jixin:tiger-secret@127.0.0.1:1/jixin", "is PostgreSQL running there"),
        ("sqlite:////nowhere/at/all/jixin.db", "there is no folder /nowhere/at/all"),
    ],
)
def test_a_store_that_cannot_be_reached_is_one_line_without_the_password(run: Run, url: str, told: str) -> None:
    line = one_line(run("migrate", JIXIN_DATABASE_URL=url))
    assert told in line
    assert "or run `jixin migrate`" not in line
    assert "tiger-secret" not in line


@pytest.mark.parametrize("url", ["nonsense", "mysql://scott:tiger-secret@db/x", "oracle9://scott:tiger-secret@db/x"])
def test_a_database_that_is_none_of_ours_is_a_misuse(run: Run, url: str) -> None:
    result = run("migrate", JIXIN_DATABASE_URL=url)
    assert result.exit_code == 2
    assert "JIXIN_DATABASE_URL" in result.output
    assert "postgresql://" in result.output
    assert "tiger-secret" not in result.output


def test_a_tracker_without_a_broker_says_what_to_start(run: Run, store: Engine) -> None:
    assert "jixin up" in one_line(run("tracker"))


def test_a_data_dir_that_cannot_be_made_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "data dir" in one_line(run("migrate", JIXIN_DATA_DIR=str(tmp_path / "file" / "data")))


def test_a_replay_without_a_file_or_a_gateway_says_so(run: Run, tmp_path: Path) -> None:
    assert "no such file" in one_line(run("replay", tmp_path / "none.csv"))
    (tmp_path / "some.csv").write_text("waybill_no,step,event_time,carrier,station\n")
    assert "jixin enrol --gateway" in one_line(run("replay", tmp_path / "some.csv"))
    run("enrol", *GUN, "--out", tmp_path / "gun.json")
    said = one_line(run("replay", tmp_path / "some.csv", "--enrolment", tmp_path / "gun.json"))
    assert "gateway" in said


def test_a_file_that_cannot_be_read_is_said_before_anything_is_connected(
    run: Run, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object, **__: object) -> None:
        raise AssertionError("it connects")

    run("enrol", "--gateway", "--out", tmp_path / "gateway.json")
    monkeypatch.setattr("web.commands.replaying.Publisher", connect)
    (tmp_path / "gbk.csv").write_bytes("waybill_no,step,event_time,carrier,station\n运单".encode("gb18030"))
    said = one_line(run("replay", tmp_path / "gbk.csv", "--enrolment", tmp_path / "gateway.json"))
    assert "--encoding gb18030" in said


def test_a_backup_that_is_none_is_said_before_the_services_are_to_be_stopped(
    run: Run, store: Engine, settings: Settings, tmp_path: Path
) -> None:
    with only_one(supervisor_lock(settings), "busy"):
        (tmp_path / "file").touch()
        for wrong in (tmp_path / "none", tmp_path, tmp_path / "file"):
            assert "is no backup" in one_line(run("restore", "--data", wrong))


@pytest.mark.parametrize(
    "words",
    [
        ["replay", "none.csv"],
        ["station", "--enrolment", "none.json"],
        ["revoke", *GUN],
        ["backup", "--out", "x"],
        ["restore", "--keys", "none"],
        ["tracker"],
    ],
    ids=lambda words: words[0],
)
def test_what_the_counter_and_operators_see_is_chinese_first_then_english(
    run: Run, store: Engine, words: list[str]
) -> None:
    chinese, _, english = one_line(run(*words)).partition(" · ")
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert re.search("[a-z]{3}", english)


def test_a_station_without_a_readable_enrolment_says_so(run: Run, tmp_path: Path) -> None:
    assert "none.json" in one_line(run("station", "--enrolment", tmp_path / "none.json"))
    (tmp_path / "other.json").write_text("{}")
    result = run("station", "--enrolment", tmp_path / "other.json")
    assert result.exit_code == 1
    assert "jixin enrol" in one_line(result)


def test_a_run_is_saved_exported_and_verified(run: Run, store: Engine, tmp_path: Path) -> None:
    intake = Intake(store)
    gun = intake.enrol(Device())
    intake.record(gun.deliver(gun.scan("W1", "accepted")))
    export = tmp_path / "run.json"
    assert run("assess", "--from", "2026-06-01", "--to", "2026-07-02", "--export", export).exit_code == 0
    good = run("verify", export)
    assert (good.exit_code, "✓ run" in good.output) == (0, True)
    told = json.loads(export.read_bytes())
    told["result"]["position"] += 1
    export.write_text(json.dumps(told))
    bad = run("verify", export)
    assert (bad.exit_code, "✗ run" in bad.output) == (1, True)


def test_what_cannot_be_verified_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text('{"batches": []}')
    misused = run("verify", tmp_path / "proof.json")
    assert (misused.exit_code, "--keys" in misused.output) == (2, True)
    (tmp_path / "x.json").write_text("not JSON")
    assert "is not JSON" in one_line(run("verify", tmp_path / "x.json"))
    assert "none.json" in one_line(run("verify", tmp_path / "none.json"))


def test_a_missing_server_package_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "web.commands.enrolling", None)
    assert "jixin[server]" in one_line(run("revoke", *GUN))


def test_ctrl_c_is_no_fault(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("web.commands.enrolling.run_revoke", interrupt)
    assert "stopped" in one_line(run("revoke", *GUN))


def test_a_bug_keeps_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("web.commands.enrolling.run_revoke", stumble)
    result = run("revoke", *GUN)
    assert isinstance(result.exception, ZeroDivisionError)
    assert result.exit_code == 1


def test_a_failed_command_leaves_the_store_as_it_was(run: Run, store: Engine, tmp_path: Path) -> None:
    with reading(store) as session:
        before = log_head(session)
    run("revoke", *GUN)
    run("replay", tmp_path / "none.csv")
    with reading(store) as session:
        assert log_head(session) == before
