"""kill -9 in mid-replay (强行中止): every event recorded once, judged by the station's list, synced before the beep."""

import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

from tests.walk.installation import Installation, stop
from tests.walk.kills import SECONDS, Walk, finish
from tests.walk.mosquitto import run_mosquitto
from tests.walk.processes import wait_until
from tests.walk.witness import assert_gapless, count_events, in_flight, recorded_in


def test_a_replay_that_is_killed_is_finished_by_the_next_one(house: Installation, tmp_path: Path) -> None:
    walk = Walk.of(house, tmp_path, "STATION")
    replay = walk.begin()
    tracker = house.the("tracker")
    tracker.freeze()  # so that what is handed over now is certainly on its way
    wait_until(lambda: walk.in_flight, "events are handed over")
    house.the("replay").kill()
    replay.communicate(timeout=SECONDS)
    walk.assert_in_flight()
    tracker.thaw()
    assert finish(walk.start())["known"] > 0
    walk.assert_all_recorded_once()


def test_a_tracker_of_its_own_is_killed_and_started_again_behind_a_mosquitto(
    place: Installation, tmp_path: Path
) -> None:
    place.variables |= {"JIXIN_BROKER_USERNAME": "tracker", "JIXIN_BROKER_PASSWORD": "a tracker's password"}
    store, outbox = place.data_dir / "jixin.db", place.data_dir / "outbox" / "EVENWAY-JL-1-GUN-1.db"
    place.must("migrate")
    enrolment = json.loads(place.enrol("EVENWAY", "JL-1").read_bytes())["broker"]
    users = {"tracker": "a tracker's password", enrolment["username"]: enrolment["password"]}
    with run_mosquitto(tmp_path, users) as broker, ExitStack() as running:
        place.variables["JIXIN_BROKER_URL"] = broker.url
        tracker = start_tracker(place, running)
        station = place.start("station", "--enrolment", str(tmp_path / "EVENWAY-JL-1-GUN-1.json"),
                              "--step=arrived", stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        running.callback(station.kill)
        listed = [f"EW{number:06}" for number in range(600)]
        scan(station, listed[:200], tmp_path / "list")
        wait_until(lambda: count_events(store) == 200, "the first scans are recorded")
        place.the("tracker").freeze()
        scan(station, listed[200:400], tmp_path / "list")
        flying = wait_until(lambda: in_flight(outbox), "the next scans are handed over")
        tracker.kill()
        tracker.wait()
        print(f"{len(flying)} events were in flight")
        scan(station, listed[400:], tmp_path / "list")
        tracker = start_tracker(place, running)
        said, _ = station.communicate(timeout=SECONDS)
        assert station.returncode == 0
        assert "入库 recorded" in said
        assert stop(tracker) == 0
    recorded = recorded_in(store, "EVENWAY")
    assert (tmp_path / "list").read_text().split() == listed
    assert sorted(each.body["waybill_no"] for each in recorded) == listed
    assert_gapless(store)


def start_tracker(place: Installation, running: ExitStack) -> "subprocess.Popen[str]":
    """`jixin tracker`, alone."""
    with place.log_file.open("a") as log:
        tracker = place.start("tracker", stdout=log, stderr=log)
    running.callback(stop, tracker)
    return tracker


def scan(station: "subprocess.Popen[str]", numbers: list[str], paper: Path) -> None:
    """Write each number down, synced, before it is scanned; returns when all have beeped."""
    assert station.stdin is not None
    assert station.stdout is not None
    with paper.open("a") as written:
        written.writelines(f"{number}\n" for number in numbers)
        written.flush()
        os.fsync(written.fileno())
    station.stdin.writelines(f"{number}\n" for number in numbers)
    station.stdin.flush()
    for number in numbers:
        assert f"✓ {number} arrived" in station.stdout.readline()
