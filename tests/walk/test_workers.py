"""Workers that share the work (分担入库): two trackers behind one Mosquitto, one of them killed under load."""

import json
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from tests.walk.installation import Installation, stop
from tests.walk.mosquitto import run_mosquitto
from tests.walk.processes import wait_until
from tests.walk.shift import write_shift
from tests.walk.witness import in_flight

PARCELS = 4_000  # of four events
SECONDS = 180.0
PASSWORDS = {"tracker": "a tracker's password", "gateway": "a gateway's password"}


def test_a_worker_killed_under_load_loses_nothing_and_doubles_nothing(
    postgres_url: str, place: Installation, tmp_path: Path
) -> None:
    url = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    place.variables |= {
        "JIXIN_DATABASE_URL": url,
        "JIXIN_BROKER_USERNAME": "tracker",
        "JIXIN_BROKER_PASSWORD": PASSWORDS["tracker"],
        "JIXIN_BROKER_SHARED": "true",
    }
    enrol_gateway(place)
    shift = write_shift(tmp_path, "SHARED", parcels=PARCELS)
    outbox = place.data_dir / "outbox" / "gateway.db"
    with run_mosquitto(tmp_path, PASSWORDS) as broker, ExitStack() as running, psycopg.connect(url) as store:
        store.autocommit = True
        place.variables["JIXIN_BROKER_URL"] = broker.url
        workers = [start_worker(place, running) for _ in range(2)]
        wait_until(lambda: place.log.count("broker_connected") >= 2, "both are in")
        replay = place.start("replay", str(shift.file), "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.callback(replay.kill)
        wait_until(lambda: number(store, "SELECT count(*) FROM event") >= 1_000, "some events are recorded")
        assert number(store, f"SELECT count(DISTINCT application_name) FROM pg_stat_activity WHERE {TRACKERS}") == 2
        wait_until(lambda: len(in_flight(outbox)) >= 100, "more is on its way")
        workers[0].kill()
        killed, flying = time.monotonic(), len(in_flight(outbox))
        assert flying
        before = number(store, "SELECT count(*) FROM event")
        wait_until(lambda: number(store, "SELECT count(*) FROM event") > before + 500, "the other one goes on")
        print(
            f"{flying} events were in flight; the other had recorded 500 more {time.monotonic() - killed:.1f} s later"
        )
        again = start_worker(place, running)
        said, complaints = replay.communicate(timeout=SECONDS)
        assert replay.returncode == 0, complaints[-2000:]
        report = json.loads(said)
        assert report["recorded"] + report["known"] == PARCELS * 4
        assert [stop(worker) for worker in (workers[1], again)] == [0, 0]
        assert_all_once(store, set(shift.listed))
    clients = {line.split(" as ")[1].split()[0] for line in logged(tmp_path) if " as tracker-" in line}
    assert len(clients) == 2, "the worker that came back took up another session"


TRACKERS = "application_name LIKE 'jixin-%'"


def number(store: "psycopg.Connection[Any]", query: str) -> int:
    row = store.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def logged(folder: Path) -> list[str]:
    return (folder / "mosquitto.log").read_text().splitlines()


def enrol_gateway(place: Installation) -> None:
    """With the password that the broker knows."""
    file = place.data_dir / "gateway.json"
    place.must("enrol", "--gateway", "--out", str(file))
    enrolment = json.loads(file.read_bytes())
    enrolment["broker"]["password"] = PASSWORDS["gateway"]
    file.write_text(json.dumps(enrolment))


def start_worker(place: Installation, running: ExitStack) -> "subprocess.Popen[str]":
    with place.log_file.open("a") as log:
        worker = place.start("tracker", stdout=log, stderr=log)
    running.callback(worker.wait)
    running.callback(worker.kill)
    return worker


def assert_all_once(store: "psycopg.Connection[Any]", listed: set[UUID]) -> None:
    """Each listed event once, positions without a gap, the log's head at the last of them."""
    stored = [row[0] for row in store.execute("SELECT event_id FROM event")]
    assert len(stored) == len(set(stored))
    assert set(stored) == listed
    positions = store.execute("SELECT count(*), min(position), max(position) FROM event").fetchone()
    assert positions == (len(listed), 1, len(listed))
    assert number(store, "SELECT position FROM log_head") == len(listed)
    assert number(store, "SELECT count(*) FROM parcel") == PARCELS
