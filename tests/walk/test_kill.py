"""kill -9 in mid-replay (强行中止): every event recorded once, judged by the station's list, synced before the beep.

The kills under a supervisor run beside the others: a station waits half a minute before it sends again.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.walk.installation import Installation, stop
from tests.walk.mosquitto import run_mosquitto
from tests.walk.processes import wait_until
from tests.walk.shift import Shift, write_shift
from tests.walk.witness import (
    Recorded,
    assert_gapless,
    assert_recorded_once,
    count_events,
    in_flight,
    recorded_in,
    rows,
)

PARCELS = 2_000  # of four events
SECONDS = 120.0
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Walk:
    """A replay under way, and what it leaves behind."""

    place: Installation
    shift: Shift
    carrier: str

    @staticmethod
    def of(place: Installation, folder: Path, carrier: str) -> "Walk":
        return Walk(place, write_shift(folder, carrier, parcels=PARCELS), carrier)

    @property
    def store(self) -> Path:
        return self.place.data_dir / "jixin.db"

    @property
    def recorded(self) -> list[Recorded]:
        return recorded_in(self.store, self.carrier)

    def begin(self) -> "subprocess.Popen[str]":
        """Start replaying; returns when some of it is recorded."""
        before = count_events(self.store)
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = self.place.start("replay", str(self.shift.file), "--json", **streams)
        wait_until(lambda: count_events(self.store) >= before + 500, "some events are recorded")
        return process

    def assert_in_flight(self) -> None:
        """Some events were handed over and not recorded at the moment of the kill, or it proves nothing."""
        flying = in_flight(self.place.data_dir / "outbox" / "gateway.db")
        lost_if_forgotten = flying - {each.event_id for each in self.recorded}
        print(f"{len(flying)} events were in flight, {len(lost_if_forgotten)} of them not recorded")
        assert lost_if_forgotten

    def assert_all_recorded_once(self) -> None:
        assert_recorded_once(self.recorded, self.shift.listed)
        assert_gapless(self.store)
        ((parcels,),) = rows(self.store, "SELECT count(*) FROM parcel WHERE carrier = ?", self.carrier)
        assert parcels == PARCELS


def end(process: "subprocess.Popen[str]") -> Report:
    """The report of a replay that must end well."""
    said, complaints = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, complaints[-2000:]
    report: Report = json.loads(said)
    assert (report["rows"], report["refused"], report["unreadable"]) == (PARCELS * 4, 0, 0)
    assert report["recorded"] + report["known"] == PARCELS * 4
    return report


def kill_the_tracker(walk: Walk) -> None:
    with walk.place.up():
        replay = walk.begin()
        killed = walk.place.the("tracker")
        killed.kill()
        walk.assert_in_flight()
        end(replay)
        assert walk.place.the("tracker").pid != killed.pid


def kill_the_broker(walk: Walk) -> None:
    with walk.place.up():
        replay = walk.begin()
        killed = walk.place.the("nats-server")
        killed.kill()
        walk.assert_in_flight()
        end(replay)
        assert walk.place.the("nats-server").pid != killed.pid


KILLS = {"tracker": kill_the_tracker, "broker": kill_the_broker}


@pytest.fixture(scope="module", autouse=True)
def kills(walk_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, "Future[Walk]"]]:
    """Kills under a supervisor, each in an installation of its own, while the other tests of this file run."""

    def run(name: str) -> Walk:
        folder = tmp_path_factory.mktemp(name)
        walk = Walk.of(Installation(folder / "data"), folder, name.upper())
        KILLS[name](walk)
        return walk

    with ThreadPoolExecutor(len(KILLS)) as pool:
        yield {name: pool.submit(run, name) for name in KILLS}


def test_a_replay_that_is_killed_is_finished_by_the_next_one(house: Installation, tmp_path: Path) -> None:
    walk = Walk.of(house, tmp_path, "KILLEDSTATION")
    replay = walk.begin()
    house.the("replay").kill()
    replay.communicate(timeout=SECONDS)
    walk.assert_in_flight()
    assert end(walk.begin())["known"] > 0
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
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
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
        assert f"✓ {number} accepted" in station.stdout.readline()


@pytest.mark.parametrize("killed", KILLS)
def test_a_kill_in_mid_replay_loses_nothing_and_doubles_nothing(killed: str, kills: dict[str, "Future[Walk]"]) -> None:
    kills[killed].result(SECONDS).assert_all_recorded_once()
