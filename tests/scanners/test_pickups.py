"""The pick-ups of LaDe: counted once, and late exactly where the data set says so."""

import csv
from collections import Counter
from datetime import datetime
from importlib.resources import files

import pytest

from scanners.pickups import ORIGINS, pickup_stations, pickups, replay_rows, write_replay_csv
from tracker.wire.divisions import division_of

TRUTH = {  # origin: parcels, and those picked up after the promised window
    "500000": (1470, 26),
    "330100": (1156, 21),
    "220200": (767, 2),
    "310000": (1285, 50),
    "370600": (1512, 10),
}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return replay_rows()


def test_every_pickup_is_announced_once_and_accepted_once(rows):
    assert len(rows) == 12_380
    steps = Counter((row["waybill_no"], row["step"]) for row in rows)
    assert set(steps.values()) == {1}
    assert Counter(step for _, step in steps) == {"announced": 6190, "accepted": 6190}


def test_parcels_and_late_ones_by_city_equal_the_truth(rows):
    promised = {row["waybill_no"]: row["promised_at"] for row in rows if row["step"] == "announced"}
    parcels: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for row in rows:
        if row["step"] != "accepted":
            continue
        parcels[row["origin"]] += 1
        late[row["origin"]] += datetime.fromisoformat(row["event_time"]) > datetime.fromisoformat(
            promised[row["waybill_no"]]
        )
    assert {origin: (parcels[origin], late[origin]) for origin in parcels} == TRUTH


def test_a_row_carries_what_the_data_set_says(rows):
    announced, accepted = (row for row in rows if row["waybill_no"] == "LADE3781637")
    assert announced == {
        "waybill_no": "LADE3781637",
        "carrier": "LADE",
        "station": "LADE-3",
        "step": "announced",
        "event_time": "2021-05-01T07:59:00+08:00",
        "promised_at": "2021-05-01T11:00:00+08:00",
    }
    assert accepted == {
        "waybill_no": "LADE3781637",
        "carrier": "LADE",
        "station": "LADE-3",
        "step": "accepted",
        "event_time": "2021-05-01T09:28:00+08:00",
        "operator": "317",
        "lng": "",
        "lat": "",
        "origin": "500000",
    }


def test_the_place_of_a_pickup_is_where_the_courier_was(rows):
    assert sum(bool(row["lng"]) for row in rows if row["step"] == "accepted") == 4456
    assert all(bool(row.get("lng")) == bool(row.get("lat")) for row in rows)


def test_rows_stand_in_the_order_in_which_they_happened(rows):
    times = [datetime.fromisoformat(row["event_time"]) for row in rows]
    assert times == sorted(times)
    seen: set[str] = set()
    for row in rows:
        assert row["step"] == "announced" or row["waybill_no"] in seen
        seen.add(row["waybill_no"])


def test_the_written_file_is_a_replay_csv_of_all_rows(rows, tmp_path):
    path = tmp_path / "pickups.csv"
    assert write_replay_csv(path) == 12_380
    with path.open(encoding="utf-8", newline="") as file:
        written = [{name: value for name, value in row.items() if value} for row in csv.DictReader(file)]
    assert written == [{name: value for name, value in row.items() if value} for row in rows]


def test_writing_twice_gives_the_same_bytes(tmp_path):
    write_replay_csv(tmp_path / "a.csv")
    write_replay_csv(tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_every_station_of_the_rows_has_a_name_and_a_division(rows):
    stations = {station.code: station for station in pickup_stations()}
    assert stations.keys() == {row["station"] for row in rows}
    for row in rows:
        assert row["step"] == "announced" or stations[row["station"]].division == row["origin"]


def test_every_origin_is_a_real_division():
    assert all(division_of(code) is not None for code in ORIGINS.values())


def test_the_data_ships_with_its_licence_and_source():
    folder = files("scanners").joinpath("data/lade")
    assert "Apache License" in folder.joinpath("LICENSE").read_text()
    assert "Cainiao" in folder.joinpath("README.md").read_text()
    assert len(list(pickups())) == 6190
