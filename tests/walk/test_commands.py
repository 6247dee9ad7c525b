"""The command line from outside (命令行): help for every command; exit 2 for misuse, 1 for failure, 0 otherwise."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.walk.installation import Installation
from tests.walk.shift import write_shift
from web.cli.program import app

Ended = subprocess.CompletedProcess[str]
COMMANDS = sorted(
    str(command.name or command.callback.__name__) for command in app.registered_commands if command.callback
)
FIXED = {
    "demo", "up", "tracker", "web", "scheduler", "station", "enrol", "revoke", "replay", "simulate", "assess",
    "verify", "migrate", "bench",
}  # fmt: skip


def test_the_commands_that_others_depend_on_are_there() -> None:
    assert set(COMMANDS) >= FIXED


MISUSES: dict[str, list[str]] = {
    "no such command": ["fly"],
    "a missing option": ["enrol", "--carrier", "A"],
    "a missing argument": ["replay"],
    "a code that is none": ["enrol", "--carrier", "A B", "--station", "S", "--device", "D", "--out", "x.json"],
    "a step that is none": ["station", "--enrolment", "x.json", "--step", "fly"],
    "a number that is none": ["demo", "--parcels", "many"],
    "a name for an operator": ["station", "--enrolment", "x.json", "--operator", "张三"],
    "a day that is none": ["assess", "--from", "yesterday"],
    "a division that is none": ["assess", "--division", "999999"],
    "every province, and one": ["assess", "--every-province", "--division", "330000"],
}
SETTINGS = {
    "JIXIN_WEB_PORT": "eighty",
    "JIXIN_BROKER_PORT": "70000",
    "JIXIN_LOG_LEVEL": "loud",
    "JIXIN_BROKER_URL": "http://127.0.0.1",
}
FAILURES: dict[str, tuple[list[str], str]] = {
    "a replay without an installation": (["replay", "{file}"], "jixin enrol --gateway"),
    "a replay of no file": (["replay", "nowhere.csv"], "no such file"),
    "a station without its file": (["station", "--enrolment", "nowhere.json"], "nowhere.json"),
    "a station with another file": (["station", "--enrolment", "{file}"], "jixin enrol"),
    "a tracker without a broker": (["tracker"], "jixin"),
    "a simulation without a broker": (["simulate"], "jixin up"),
    "an assessment without a database": (["assess"], "jixin migrate"),
    "a web server without a database": (["web"], "jixin migrate"),
    "a verification of no file": (["verify", "nowhere.json"], "nowhere.json"),
    "a verification of something else": (["verify", "{file}"], "not JSON"),
    "a revocation without a database": (["revoke", "--carrier", "A", "--station", "S", "--device", "D"], "migrate"),
    "the gateway's device name": (
        ["enrol", "--carrier", "A", "--station", "S", "--device", "replay", "--out", "x.json"], "gateway"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ended(walk_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """How each of these commands ended, in a folder of its own where nothing was ever installed."""

    def run(kind: str) -> Ended:
        place = Installation(tmp_path_factory.mktemp("command") / "data")
        file = place.data_dir.parent / "file.csv"
        file.write_text("waybill_no,step,event_time,carrier,station\n")
        if kind in SETTINGS:
            return place.run("migrate", **{kind: SETTINGS[kind]})
        words = MISUSES.get(kind) or (FAILURES[kind][0] if kind in FAILURES else [kind, "--help"])
        result = place.run(*(word.format(file=file) for word in words))
        assert "--help" not in words or not place.data_dir.exists(), "asking for help makes nothing"
        return result

    kinds = [*COMMANDS, *MISUSES, *SETTINGS, *FAILURES]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(kinds, pool.map(run, kinds), strict=True))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself_in_both_languages(name: str, ended: dict[str, Ended]) -> None:
    assert ended[name].returncode == 0
    assert "--help" in ended[name].stdout
    assert any("\u4e00" <= letter <= "\u9fff" for letter in ended[name].stdout)


@pytest.mark.parametrize("kind", MISUSES)
def test_a_misused_command_ends_with_2(kind: str, ended: dict[str, Ended]) -> None:
    assert (ended[kind].returncode, ended[kind].stdout) == (2, "")
    assert ended[kind].stderr
    assert "Traceback" not in ended[kind].stderr


@pytest.mark.parametrize("name", SETTINGS)
def test_a_bad_setting_ends_with_2_and_its_name(name: str, ended: dict[str, Ended]) -> None:
    assert (ended[name].returncode, name in ended[name].stderr) == (2, True)
    assert "Traceback" not in ended[name].stderr


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failed_command_ends_with_1_and_says_what_to_do(kind: str, ended: dict[str, Ended]) -> None:
    assert ended[kind].returncode == 1, ended[kind].stderr[-1000:]
    assert FAILURES[kind][1] in ended[kind].stderr
    assert "Traceback" not in ended[kind].stderr


def test_a_gateways_file_serves_no_station_and_a_devices_no_replay(house: Installation, tmp_path: Path) -> None:
    station = house.run("station", "--enrolment", str(house.data_dir / "gateway.json"), stdin="X1\n")
    assert (station.returncode, station.stdout, "jixin enrol" in station.stderr) == (1, "", True)
    (tmp_path / "file.csv").write_text("waybill_no,step,event_time,carrier,station\n")
    device = house.enrol("EVENWAY", "CMD-1")
    replay = house.run("replay", str(tmp_path / "file.csv"), "--enrolment", str(device))
    assert (replay.returncode, replay.stdout, "gateway" in replay.stderr) == (1, "", True)
    assert "Traceback" not in station.stderr + replay.stderr


def test_a_revocation_of_nobody_ends_with_1(house: Installation) -> None:
    result = house.run("revoke", "--carrier", "NOBODY", "--station", "S", "--device", "D")
    assert (result.returncode, "no key in force" in result.stderr) == (1, True)


def test_a_run_is_saved_shown_exported_and_computed_again_to_the_byte(house: Installation, tmp_path: Path) -> None:
    house.replay(write_shift(tmp_path, "ASSESSED", parcels=40).file)
    run = tmp_path / "run.json"
    said = house.must("assess", "--export", str(run))
    assert "ASSESSED" in said
    assert "重算一致" in house.must("verify", str(run))
    forged = tmp_path / "forged.json"
    forged.write_text(run.read_text().replace('"parcels": 40', '"parcels": 41'))
    assert forged.read_text() != run.read_text()
    assert house.run("verify", str(forged)).returncode == 1
    ranking = house.get("/api/v1/rankings/carriers").json
    assert ranking["run"] is not None
    assert [row["parcels"] for row in ranking["rows"] if row["carrier"] == "ASSESSED"] == [40]


def test_a_settings_file_in_the_folder_is_read_and_a_variable_wins(tmp_path: Path) -> None:
    (tmp_path / "jixin.toml").write_text('data_dir = "from-file"\nlog_level = "warning"\n')
    place = Installation(tmp_path / "from-variable")
    place.must("migrate")
    assert (tmp_path / "from-variable" / "jixin.db").exists()
    assert not (tmp_path / "from-file").exists()
    (tmp_path / "jixin.toml").write_text("data_dir = from-file\n")
    broken = place.run("migrate")
    assert (broken.returncode, "jixin.toml" in broken.stderr, "Traceback" in broken.stderr) == (2, True, False)
