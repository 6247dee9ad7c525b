"""A standby (主备切换): the tracker that records is killed or stopped under load, and the one that waits goes on."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.walk.installation import Installation, stop
from tests.walk.mosquitto import run_mosquitto
from tests.walk.processes import Process, wait_until
from tests.walk.shift import write_shift
from tests.walk.witness import in_flight, rows

PARCELS = 4_000  # of four events
TERM = 4  # seconds
SECONDS = 120.0
PASSWORD = "a tracker's password"


@dataclass
class Trackers:
    """Trackers on one store and one broker, and a witness that reads the store with plain SQL."""

    place: Installation
    postgres_url: str | None
    running: ExitStack
    trackers: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        if self.postgres_url is None:
            return rows(self.place.data_dir / "jixin.db", query)
        with psycopg.connect(self.postgres_url) as connection:
            return connection.execute(query).fetchall()

    def number(self, query: str) -> int:
        return int(str(self.ask(query)[0][0]))

    def recorded(self) -> int:
        return self.number("SELECT count(*) FROM event")

    def start_tracker(self) -> None:
        with self.place.log_file.open("a") as log:
            tracker = self.place.start("tracker", stdout=log, stderr=log)
        self.running.callback(tracker.kill)
        self.trackers.append(tracker)

    def holder(self) -> Process:
        """The tracker that has the lease; its process stands in its name."""
        ((name,),) = self.ask("SELECT holder FROM lease WHERE job = 'tracker'")
        pid = int(str(name).split("-")[2])
        return next(each for each in self.place.processes("tracker") if each.pid == pid)

    def time_takeover(self, strike: Callable[[], None]) -> float:
        """Strike the holder, with events in flight; the seconds until the other one records."""
        lease = self.number("SELECT number FROM lease WHERE job = 'tracker'")
        wait_until(lambda: len(in_flight(self.outbox)) >= 100, "events are on their way")
        strike()
        began = time.monotonic()
        flying, before = len(in_flight(self.outbox)), self.recorded()
        wait_until(
            lambda: self.number("SELECT number FROM lease WHERE job = 'tracker'") > lease and self.recorded() > before,
            "the other one records",
        )
        seconds = time.monotonic() - began
        print(f"{flying} events were in flight; recording went on after {seconds:.1f} s")
        assert flying
        return seconds

    @property
    def outbox(self) -> Path:
        return self.place.data_dir / "outbox" / "gateway.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def trio(request: pytest.FixtureRequest, place: Installation, tmp_path: Path) -> Iterator[Trackers]:
    """Three trackers behind a Mosquitto, the first one recording."""
    place.variables |= {
        "JIXIN_BROKER_USERNAME": "tracker",
        "JIXIN_BROKER_PASSWORD": PASSWORD,
        "JIXIN_TAKEOVER_SECONDS": str(TERM),
    }
    plain = None
    if request.param == "postgresql":
        plain = request.getfixturevalue("postgres_url").replace("postgresql+psycopg://", "postgresql://")
        place.variables["JIXIN_DATABASE_URL"] = plain
    gateway = place.data_dir / "gateway.json"
    place.must("enrol", "--gateway", "--out", str(gateway))
    enrolment = json.loads(gateway.read_bytes())
    enrolment["broker"]["password"] = "a gateway's password"
    gateway.write_text(json.dumps(enrolment))
    users = {"tracker": PASSWORD, "gateway": "a gateway's password"}
    with run_mosquitto(tmp_path, users) as broker, ExitStack() as running:
        place.variables["JIXIN_BROKER_URL"] = broker.url
        trio = Trackers(place, plain, running)
        trio.start_tracker()
        wait_until(lambda: trio.number("SELECT count(*) FROM lease WHERE job = 'tracker'"), "the first one records")
        for _ in range(2):
            trio.start_tracker()
        wait_until(lambda: place.log.count("standing_by") == 2, "the others wait")
        yield trio


def test_every_scan_is_recorded_once_while_holders_are_killed_and_stopped(trio: Trackers, tmp_path: Path) -> None:
    shift = write_shift(tmp_path, "RELAY", parcels=PARCELS)
    replay = trio.place.start("replay", str(shift.file), "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    trio.running.callback(replay.kill)
    wait_until(lambda: trio.recorded() >= 300, "some events are recorded")

    killed = trio.time_takeover(lambda: trio.holder().kill())
    sleeper = trio.holder()
    stopped = trio.time_takeover(sleeper.freeze)
    assert stopped > TERM / 2, "it took over from a holder whose lease had not run out"
    awake = [each for each in trio.place.processes("tracker") if each.pid == sleeper.pid]
    if awake:
        sleeper.thaw()
        wait_until(lambda: "lease_lost" in trio.place.log, "the sleeper notices")

    said, complaints = replay.communicate(timeout=SECONDS)
    assert replay.returncode == 0, complaints[-2000:]
    report = json.loads(said)
    assert report["recorded"] + report["known"] == PARCELS * 4
    print(f"took over {killed:.1f} s after kill -9, {stopped:.1f} s after SIGSTOP, term {TERM:.0f} s")
    assert max(killed, stopped) < TERM + 20
    assert_all_once(trio, set(shift.listed))
    for tracker in trio.trackers:
        if tracker.poll() is None:
            assert stop(tracker) == 0
    assert trio.ask("SELECT holder FROM lease WHERE job = 'tracker'") == [(None,)]


def assert_all_once(trio: Trackers, listed: set[UUID]) -> None:
    """Each listed event once, positions without a gap, the log's head at the last of them."""
    stored = [
        each if isinstance(each, UUID) else UUID(bytes=each) for (each,) in trio.ask("SELECT event_id FROM event")
    ]
    assert len(stored) == len(set(stored))
    assert set(stored) == listed
    assert trio.ask("SELECT count(*), min(position), max(position) FROM event") == [(len(listed), 1, len(listed))]
    assert trio.number("SELECT position FROM log_head") == len(listed)
    assert trio.number("SELECT count(*) FROM parcel") == PARCELS
