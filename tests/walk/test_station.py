"""The station command (收寄终端): what beeped is kept, whatever the broker does, and is recorded in the end."""

import subprocess
from pathlib import Path

import pytest

from tests.walk.installation import Installation, stop
from tests.walk.processes import free_port, wait_until
from tests.walk.witness import recorded_in


@pytest.fixture(scope="module")
def file(house: Installation) -> Path:
    """The station's enrolment file."""
    return house.enrol("SMALLTOWN", "YT-1")


@pytest.fixture
def counter(tmp_path: Path) -> Installation:
    """A station on a machine of its own: another data dir, only the enrolment file, and the broker is away."""
    return Installation(tmp_path / "counter", variables={"JIXIN_BROKER_URL": f"mqtt://127.0.0.1:{free_port()}"})


def recorded(house: Installation, *, step: str) -> dict[str, dict[str, object]]:
    found = recorded_in(house.data_dir / "jixin.db", "SMALLTOWN")
    mine = [each for each in found if each.station == "YT-1" and each.body["step"] == step]
    return {each.body["waybill_no"]: each.body for each in mine}


def test_numbers_typed_at_the_counter_are_recorded(house: Installation, file: Path) -> None:
    typed = "ST0001\n  st0002 \n\n没有号\nST0003\n"
    said = house.must("station", "--enrolment", str(file), "--step=arrived", "--operator", "C7", stdin=typed)
    assert [f"✓ ST000{number} arrived" in said for number in (1, 2, 3)] == [True, True, True]
    assert "✗ 运单号为 1 至 64 个字母、数字 · not 1 to 64 letters and digits" in said
    assert "入库 recorded 3 · 已有 known 0 · 被拒 refused 0 · 待传 0" in said
    bodies = recorded(house, step="arrived")
    assert set(bodies) == {"ST0001", "ST0002", "ST0003"}
    assert {body["operator"] for body in bodies.values()} == {"C7"}
    assert sorted(body["seq"] for body in bodies.values()) == [1, 2, 3]
    trace = house.get("/api/v1/parcels/ST0002/trace").json
    assert [(each["step"], each["station"], each["imported"]) for each in trace["events"]] == [
        ("arrived", "YT-1", False)
    ]


def test_without_a_broker_the_scans_are_kept_and_the_next_run_sends_them(
    house: Installation, counter: Installation, file: Path
) -> None:
    typed = "".join(f"KEPT{number:03}\n" for number in range(50))
    away = counter.run("station", "--enrolment", str(file), "--step", "stored", "--wait", "0.5", stdin=typed)
    assert away.returncode == 1
    assert away.stdout.count(" stored") == 50
    assert "50 条还没有回执，已存盘" in away.stderr
    assert not recorded(house, step="stored")
    del counter.variables["JIXIN_BROKER_URL"]
    said = counter.must("station", "--enrolment", str(file))
    assert "入库 recorded 50" in said
    assert len(recorded(house, step="stored")) == 50
    assert "入库 recorded 0 · 已有 known 0 · 被拒 refused 0 · 待传 0" in counter.must(
        "station", "--enrolment", str(file)
    )


def test_a_killed_station_has_kept_every_scan_that_beeped(
    house: Installation, counter: Installation, file: Path
) -> None:
    station = counter.start("station", "--enrolment", str(file), "--step", "departed",
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert station.stdin is not None
    assert station.stdout is not None
    with station.stdin, station.stdout:
        station.stdin.writelines(f"BEEP{number:04}\n" for number in range(2_000))
        station.stdin.flush()
        beeped = [station.stdout.readline() for _ in range(300)]
        station.kill()
        beeped += station.stdout.readlines()
    station.wait()
    numbers = {line.split()[1] for line in beeped if line.startswith("✓ BEEP") and line.endswith(" departed\n")}
    assert 300 <= len(numbers) < 2_000, "it was killed in the middle"
    del counter.variables["JIXIN_BROKER_URL"]
    counter.must("station", "--enrolment", str(file))
    missing = numbers - recorded(house, step="departed").keys()
    assert missing == set()


def test_two_stations_do_not_share_an_outbox(house: Installation, counter: Installation, file: Path) -> None:
    first = counter.start("station", "--enrolment", str(file), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert first.stdin is not None
    lock = counter.data_dir / "outbox" / "SMALLTOWN-YT-1-GUN-1.lock"
    wait_until(lock.exists, "the first station runs")
    wait_until(lambda: (counter.data_dir / "outbox" / "SMALLTOWN-YT-1-GUN-1.db").exists(), "it has its outbox")
    second = counter.run("station", "--enrolment", str(file))
    first.stdin.close()
    assert (second.returncode, "another station uses" in second.stderr) == (1, True)
    assert first.wait(60) == 0


def test_an_operator_who_stops_the_station_finds_the_scans_in_the_next_run(
    house: Installation, counter: Installation, file: Path
) -> None:
    station = counter.start("station", "--enrolment", str(file), "--step", "screened",
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert station.stdin is not None
    assert station.stdout is not None
    assert station.stderr is not None
    with station.stdin, station.stdout, station.stderr:
        station.stdin.write("STOP1\n")
        station.stdin.flush()
        assert "STOP1" in station.stdout.readline()
        assert stop(station) == 1
        assert "Traceback" not in station.stderr.read()
    del counter.variables["JIXIN_BROKER_URL"]
    counter.must("station", "--enrolment", str(file))
    assert set(recorded(house, step="screened")) == {"STOP1"}
