"""What an operator sees of real processes (运行观测): metrics, log lines in one shape, requests finished."""

import json
import os
import re
import signal
import socket
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.house.test_deploy import PROMETHEUS_OWN, expressions, names_in
from tests.house.test_docs import rows_of
from tests.walk.installation import Installation
from tests.walk.processes import wait_until
from tests.walk.shift import Shift, write_shift

SECRET = "13800001234"
POISON = "POISONED1"
PROCESSES = {"tracker", "web", "scheduler", "vault"}


@pytest.fixture(scope="module")
def place(walk_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation of this file's own: its store is damaged below."""
    place = Installation(tmp_path_factory.mktemp("operations") / "data")
    with place.up():
        yield place


@pytest.fixture(scope="module")
def shift(place: Installation, tmp_path_factory: pytest.TempPathFactory) -> Shift:
    """A carrier's shift, the whole way."""
    shift = write_shift(tmp_path_factory.mktemp("shift"), "ROBIN", parcels=100)
    place.replay(shift.file)
    return shift


def told(place: Installation) -> list[dict[str, Any]]:
    return [json.loads(line) for line in place.log.splitlines() if line.startswith("{")]


def test_every_process_serves_what_the_rules_ask_for_where_its_file_says(place: Installation, shift: Shift) -> None:
    folder = place.data_dir / "run" / "metrics"
    wait_until(lambda: {path.stem for path in folder.glob("*.json")} == PROCESSES, "all say where their metrics are")
    served, recorded = set(PROMETHEUS_OWN), 0.0
    for name in PROCESSES:
        ((target,), labels) = json.loads((folder / f"{name}.json").read_bytes())[0].values()
        assert labels == {"process": name}
        with urllib.request.urlopen(f"http://{target}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        served |= set(re.findall(r"^(\w+)(?:\{| )", text, flags=re.MULTILINE))
        served |= set(re.findall(r"^# TYPE (\w+) ", text, flags=re.MULTILINE))
        if found := re.search(r'^jixin_tracker_events_total\{outcome="recorded"\} (\S+)$', text, flags=re.MULTILINE):
            recorded = float(found[1])
    assert {name for expression in expressions() for name in names_in(expression)} - served == set()
    assert recorded == len(shift.listed)


def test_log_lines_of_all_processes_have_one_shape_and_hold_nothing_of_the_data(
    place: Installation, shift: Shift
) -> None:
    """Under load, after a fault in the database, after one in a page."""
    damage(place, shift.waybills[0])
    station = place.run(
        "station", "--enrolment", str(place.enrol("ROBIN", "ROBIN-1")), "--step=arrived", "--operator", SECRET,
        "--wait", "2", stdin=f"{POISON}\n",
    )  # fmt: skip
    assert station.returncode == 1
    wait_until(lambda: [line for line in told(place) if line["event"] == "message_poisoned"], "it is poisoned")
    assert place.get(f"/t/{shift.waybills[0]}").status == 500
    wait_until(lambda: [line for line in told(place) if line["event"] == "library_warned"], "the web server says so")
    assert place.get(f"/t/{shift.waybills[1]}?phone={SECRET[-4:]}").status == 200
    pages = {("/t/{waybill_no}", 500), ("/t/{waybill_no}", 200)}
    wait_until(lambda: pages <= answered(place), "both answers are told")

    lines = told(place)
    known = rows_of("operations.md", "Log lines")
    assert {line["process"] for line in lines} >= PROCESSES
    for line in lines:
        assert list(line)[:4] == ["timestamp", "level", "process", "event"]
        assert line["event"] in known
        assert line["level"] in ("info", "warning", "error", "critical")
    said = place.log + station.stderr
    assert [word for word in (SECRET, "phone", POISON, "Traceback", *shift.waybills) if word in said] == []
    others = [line for line in place.log.splitlines() if not line.startswith(("{", "  "))]
    assert others == []
    (failed,) = [line for line in lines if line["event"] == "request_failed"]
    assert (failed["problem"], failed["process"]) == ("internal-error", "web")


def answered(place: Installation) -> set[tuple[str, int]]:
    return {(line["route"], line["status"]) for line in told(place) if line["event"] == "request_answered"}


def damage(place: Installation, waybill_no: str) -> None:
    """The database refuses one waybill with words that quote it; another one's event cannot be read any more."""
    with closing(sqlite3.connect(place.data_dir / "jixin.db", timeout=30)) as database:
        database.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT ON event WHEN new.waybill_no = '{POISON}'"
            f" BEGIN SELECT RAISE(ABORT, 'waybill {POISON} of {SECRET}'); END"
        )
        database.execute("UPDATE event SET body = ? WHERE waybill_no = ?", (f"{{{SECRET}".encode(), waybill_no))
        database.commit()


def test_a_web_server_that_is_terminated_finishes_the_request_under_way(place: Installation) -> None:
    web = place.the("web")
    with socket.create_connection(("127.0.0.1", place.web_port), timeout=20) as line:
        line.sendall(
            b"POST /api/v1/products HTTP/1.1\r\nHost: jixin.example\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert line.recv(65536).startswith(b"HTTP/1.1 100 "), "the request is under way"
        os.kill(web.pid, signal.SIGTERM)
        wait_until(lambda: not answers(place.web_port), "it takes no new connection")
        line.sendall(b"[]")
        answer = b""
        while part := line.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 401 ")
    wait_until(lambda: [each for each in ended(place) if each["code"] == 0], "it ended well")


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ended(place: Installation) -> list[dict[str, Any]]:
    return [line for line in told(place) if line["event"] == "service_ended" and line["service"] == "web"]
