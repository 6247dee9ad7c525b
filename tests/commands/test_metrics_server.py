"""A process's own metrics: on a port of its own where one is set, found by a file, gone with the process."""

import json
import socket
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter

from web.commands.metrics_server import naming_target, serving_metrics
from web.commands.running import InstallationError
from web.commands.supervisor import metrics_port
from web.settings import Settings


@pytest.fixture
def registry() -> CollectorRegistry:
    own = CollectorRegistry()
    Counter("jixin_example", "An example", registry=own).inc(3)
    return own


def test_the_metrics_are_where_the_file_says_and_gone_afterwards(tmp_path: Path, registry: CollectorRegistry) -> None:
    settings = Settings(data_dir=tmp_path, metrics_port=0)
    with serving_metrics(settings, "tracker", registry):
        (found,) = json.loads((tmp_path / "run" / "metrics" / "tracker.json").read_bytes())
        assert found["labels"] == {"process": "tracker"}
        (target,) = found["targets"]
        with urllib.request.urlopen(f"http://{target}/metrics", timeout=10) as answer:
            told = answer.read().decode()
    assert "jixin_example_total 3.0" in told
    assert "process_resident_memory_bytes" in told
    assert list((tmp_path / "run" / "metrics").iterdir()) == []
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://{target}/metrics", timeout=10)


def test_each_of_several_trackers_has_a_file_of_its_own_and_removes_no_others(tmp_path: Path) -> None:
    settings, folder = Settings(data_dir=tmp_path), tmp_path / "run" / "metrics"

    def named() -> dict[str, str]:
        return {path.name: json.loads(path.read_bytes())[0]["targets"][0] for path in folder.iterdir()}

    with naming_target(settings, "tracker", "host:2"), ExitStack() as first:
        with ExitStack() as earlier:
            earlier.enter_context(naming_target(settings, "tracker", "host:1"))
            assert named() == {"tracker.json": "host:2", "tracker-2.json": "host:1"}
            first.enter_context(naming_target(settings, "web", "host:3"))
        assert named() == {"tracker.json": "host:2", "web.json": "host:3"}
        with naming_target(settings, "tracker", "host:4"):
            assert named() == {"tracker.json": "host:2", "tracker-2.json": "host:4", "web.json": "host:3"}


def test_where_no_port_is_set_nothing_listens(tmp_path: Path, registry: CollectorRegistry) -> None:
    with serving_metrics(Settings(data_dir=tmp_path), "tracker", registry):
        assert not (tmp_path / "run").exists()


def test_a_port_that_is_taken_is_said(tmp_path: Path, registry: CollectorRegistry) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = Settings(data_dir=tmp_path, metrics_port=other.getsockname()[1])
        with pytest.raises(InstallationError, match="JIXIN_METRICS_PORT"), serving_metrics(settings, "x", registry):
            pass


def test_under_the_supervisor_a_port_that_is_set_is_the_trackers_and_the_next_are_the_others() -> None:
    ports = {
        port: [metrics_port(Settings(metrics_port=port), each) for each in ("tracker", "scheduler", "vault", "web")]
        for port in (None, 0, 9464)
    }
    assert ports == {None: [0] * 4, 0: [0] * 4, 9464: [9464, 9465, 9466, 0]}
