"""The doctor and the watch over devices (自检与静默), with real processes: a station that dies is seen to be gone."""

import json
import re
import subprocess
from typing import Any

from tests.walk.installation import Installation
from tests.walk.processes import PATIENCE, wait_until


def device_of(house: Installation, station: str) -> dict[str, Any] | None:
    """What the store knows of a station's one device."""
    items = house.get("/api/v1/devices?limit=500", as_admin=True).json["items"]
    return next((each for each in items if each["station"] == station), None)


def test_a_running_installation_is_well_and_its_sequences_are_whole(house: Installation) -> None:
    house.must(
        "station",
        "--enrolment",
        str(house.enrol("EVENWAY", "DR-1")),
        "--step",
        "arrived",
        stdin="DR0001\nDR0002\nDR0003\n",
    )
    said = house.run("doctor").stdout
    assert [
        line for line in said.splitlines() if not line.startswith("✓") and not re.search(" (disk|calendar) ", line)
    ] == []
    for name in ("modes", "disk", "broker", "database", "clock", "positions", "parcel rows"):
        assert f" {name} · " in said
    found = json.loads(house.run("doctor", "--audit", "--json").stdout)
    (told,) = [each for each in found["devices"] if each["station"] == "DR-1"]
    assert (told["first"], told["highest"], told["recorded"], told["missing"]) == (1, 3, 3, [])


def test_a_station_says_how_it_is_and_its_last_will_that_it_is_gone(house: Installation) -> None:
    file = house.enrol("EVENWAY", "DR-2")
    tracker = house.the("tracker")
    station = house.start(
        "station", "--enrolment", str(file), "--step=arrived", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert station.stdin is not None
    try:
        online = wait_until(lambda: (found := device_of(house, "DR-2")) and found["online"] and found, "it is online")
        assert (online["state"], online["waiting"], online["last_recorded_at"]) == ("reporting", 0, None)
        assert house.the("tracker") == tracker, "it took the status and lives"
    finally:
        station.kill()
        station.stdin.close()
        station.wait()
    gone = wait_until(
        lambda: (found := device_of(house, "DR-2")) and found["online"] is False and found,
        "its last will is heard",
        seconds=2 * PATIENCE,
    )
    assert (gone["waiting"], gone["last_word"]) == (0, online["last_word"])


def test_a_station_that_leaves_with_scans_waiting_is_an_alarm_until_it_comes_back(house: Installation) -> None:
    file = house.enrol("EVENWAY", "DR-3")
    tracker = house.the("tracker")
    tracker.freeze()
    try:
        left = house.run("station", "--enrolment", str(file), "--step=arrived", "--wait", "2", stdin="DR9001\nDR9002\n")
        assert left.returncode == 1
    finally:
        tracker.thaw()
    gone = wait_until(lambda: (found := device_of(house, "DR-3")) and found["state"] == "stranded" and found, "known")
    assert (gone["online"], gone["waiting"]) == (False, 2)
    assert gone["oldest_waiting"] is not None
    assert "EVENWAY/DR-3/GUN-1" in house.get("/regulator/devices", as_admin=True).text
    assert 'jixin_station_outbox_age_seconds{carrier="EVENWAY",station="DR-3"}' in house.get("/metrics").text
    house.must("station", "--enrolment", str(file))
    back = wait_until(lambda: (found := device_of(house, "DR-3")) and found["waiting"] == 0 and found, "all is sent")
    assert (back["state"], back["oldest_waiting"]) == ("reporting", None)
    assert back["last_recorded_at"] is not None
