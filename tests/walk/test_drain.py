"""Stopping under load (平稳停止): what has arrived is recorded and answered; nothing is lost, nothing comes twice."""

import json
import os
import signal
from pathlib import Path

from tests.walk.installation import Installation
from tests.walk.kills import Walk, finish
from tests.walk.metrics import difference, outcomes
from tests.walk.processes import is_running, wait_until


def test_a_tracker_that_is_terminated_under_load_answers_what_it_recorded(house: Installation, tmp_path: Path) -> None:
    walk = Walk.of(house, tmp_path, "DRAIN")
    before = outcomes(house)
    replay = walk.begin()
    tracker = house.the("tracker")
    walk.assert_in_flight()
    os.kill(tracker.pid, signal.SIGTERM)
    wait_until(lambda: not is_running(tracker.pid), "the tracker has stopped", seconds=20)
    report = finish(replay)
    assert report["known"] == 0
    walk.assert_all_recorded_once()
    assert difference(before, outcomes(house)) == {("recorded", ""): len(walk.shift.listed)}
    told = [json.loads(line) for line in house.log.splitlines() if line.startswith("{")]
    (stopped,) = [line for line in told if line["event"] == "tracker_stopped"]
    assert stopped["flushed"] is True
    (ended,) = [line for line in told if line["event"] == "service_ended" and line["service"] == "tracker"]
    assert ended["code"] == 0
