"""A cluster (代理集群): three NATS nodes as they are deployed, the tracker's own killed under load."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.walk.installation import Installation, stop
from tests.walk.mosquitto import answers
from tests.walk.processes import free_port, wait_until
from tests.walk.shift import write_shift
from tests.walk.witness import assert_gapless, assert_recorded_once, count_events, in_flight, recorded_in
from tracker.intake.broker import find_server

PARCELS = 4_000  # of four events
SECONDS = 180.0


@dataclass
class Cluster:
    """An installation whose broker has three nodes; `nodes` are their processes by MQTT port."""

    place: Installation
    nodes: "dict[int, subprocess.Popen[bytes]]"

    @property
    def store(self) -> Path:
        return self.place.data_dir / "jixin.db"

    @property
    def trackers_node(self) -> int:
        """The port of the node that the tracker is connected to."""
        lines = [json.loads(line) for line in self.place.log.splitlines() if '"broker_connected"' in line]
        return int(lines[-1]["node"].rpartition(":")[2])


@pytest.fixture
def cluster(place: Installation) -> Iterator[Cluster]:
    """Three nodes on loopback with TLS, as `broker-config` writes them, and a tracker that knows all three."""
    ports = {free_port(): free_port() for _ in range(3)}
    words = [word for port, route in ports.items() for word in ("--node", f"127.0.0.1:{port}:{route}")]
    for line in place.must("broker-config", "--kind", "nats", *words).splitlines():
        if line.strip().startswith("export "):
            name, _, value = line.strip().removeprefix("export ").partition("=")
            place.variables[name] = value
    with ExitStack() as running:
        nodes = {
            port: start_node(place.data_dir / "broker" / f"nats-{number}", running)
            for number, port in enumerate(ports, start=1)
        }
        for port in ports:
            wait_until(lambda port=port: answers(port), "a node answers")
        place.must("enrol", "--gateway", "--out", str(place.data_dir / "gateway.json"))
        with place.log_file.open("a") as log:
            tracker = place.start("tracker", stdout=log, stderr=log)
        running.callback(stop, tracker)
        wait_until(lambda: "broker_connected" in place.log, "the tracker is in")
        yield Cluster(place, nodes)


def start_node(folder: Path, running: ExitStack) -> "subprocess.Popen[bytes]":
    """The node that a folder configures."""
    with (folder / "log").open("ab") as log:
        node = subprocess.Popen([find_server(), "-c", "nats.conf"], cwd=folder, stdout=log, stderr=log)
    running.callback(node.wait)
    running.callback(node.kill)
    return node


def finish(replay: "subprocess.Popen[str]") -> dict[str, Any]:
    said, complaints = replay.communicate(timeout=SECONDS)
    assert replay.returncode == 0, complaints[-2000:]
    report: dict[str, Any] = json.loads(said)
    return report


def longest_pause(store: Path, replay: "subprocess.Popen[str]") -> float:
    """The longest time in which nothing was recorded until the replay ended."""
    moved, count, longest = time.monotonic(), count_events(store), 0.0
    while replay.poll() is None:
        time.sleep(0.05)
        now, number = time.monotonic(), count_events(store)
        if number > count:
            longest, moved, count = max(longest, now - moved), now, number
        assert now - moved < SECONDS, "recording never went on"
    return longest


def test_a_node_killed_under_load_costs_a_pause_and_no_scan(cluster: Cluster, tmp_path: Path) -> None:
    shift = write_shift(tmp_path, "TRIO", parcels=PARCELS)
    place = cluster.place
    replay = place.start("replay", str(shift.file), "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: count_events(cluster.store) >= 300, "some events are recorded")
    outbox = place.data_dir / "outbox" / "gateway.db"
    wait_until(lambda: len(in_flight(outbox)) >= 100, "more is on its way")
    killed = cluster.trackers_node
    cluster.nodes[killed].kill()
    flying = len(in_flight(outbox))
    assert flying
    pause = longest_pause(cluster.store, replay)
    report = finish(replay)
    print(f"{flying} events were in flight; recording paused for {pause:.1f} s after kill -9 of the tracker's node")
    assert pause < 60
    assert report["recorded"] + report["known"] == PARCELS * 4
    assert cluster.trackers_node != killed
    assert_recorded_once(recorded_in(cluster.store, "TRIO"), shift.listed)
    assert_gapless(cluster.store)
