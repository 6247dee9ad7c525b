"""Synced first (先落盘): the outbox before the beep, the store before the receipt; strace is the witness."""

import subprocess
import sys
from pathlib import Path

from tests.walk.faults.syncs import Call, options, read_calls, watched
from tests.walk.handheld import Handheld
from tests.walk.installation import ROOT, Installation

NUMBERS = [f"SYNC{number:03}" for number in range(20)]


def test_a_station_syncs_its_outbox_before_each_beep(place: Installation, tmp_path: Path) -> None:
    place.must("migrate")
    enrolment = place.enrol("EVENWAY", "JL-1")
    station = [
        sys.executable,
        "-m",
        "web.cli",
        "station",
        "--enrolment",
        str(enrolment),
        "--step",
        "arrived",
        "--wait",
        "0",
    ]
    result = subprocess.run(
        [*options(tmp_path / "calls"), *station],
        env=place.environment, cwd=tmp_path, input="\n".join(NUMBERS), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert result.returncode == 1, result.stderr  # no broker runs: all of it stays in the outbox
    calls = read_calls(tmp_path / "calls")
    beeps = [index for index, call in enumerate(calls) if call.name == "write" and " arrived" in call.arguments]
    assert len(beeps) == len(NUMBERS)
    for number, earlier, beep in zip(NUMBERS, [0, *beeps], beeps, strict=False):
        assert number in calls[beep].arguments
        synced = [call for call in calls[earlier + 1 : beep] if call.has_synced("EVENWAY-JL-1-GUN-1.db-wal")]
        assert synced, f"{number} beeped before it was synced"


def test_the_tracker_syncs_the_store_before_each_receipt(house: Installation, tmp_path: Path) -> None:
    with Handheld.of(house.enrol("POSTROAD", "CQ-8")).online() as device:
        assert device.scan("SYNCED0")["recorded"] == 1
        with watched([house.the("tracker").pid, house.the("reading").pid], tmp_path / "calls"):
            for number in range(1, 6):
                assert device.scan(f"SYNCED{number}")["recorded"] == 1
    calls = read_calls(tmp_path / "calls")
    came = [index for index, call in enumerate(calls) if is_traffic(call, "POSTROAD/CQ-8/GUN-1/scans", "recv")]
    answered = [index for index, call in enumerate(calls) if is_traffic(call, "POSTROAD/CQ-8/GUN-1/receipts", "send")]
    assert (len(came), len(answered)) == (5, 5)
    for scan, receipt in zip(came, answered, strict=True):
        assert scan < receipt
        assert any(call.has_synced("jixin.db-wal") for call in calls[scan:receipt]), "a receipt left before the sync"


def is_traffic(call: Call, topic: str, way: str) -> bool:
    return call.name.startswith(way) and topic in call.arguments


def test_the_tracing_shows_a_beep_without_a_sync(tmp_path: Path) -> None:
    """The witness can say no: the same loop without the sync is seen for what it is."""
    careless = "import os\nfor each in range(3): os.write(os.open('kept', 66), b'W'); print(each)"
    subprocess.run(
        [*options(tmp_path / "calls"), sys.executable, "-u", "-c", careless],
        cwd=tmp_path, check=True, capture_output=True, env={"PYTHONPATH": str(ROOT)}, timeout=60,
    )  # fmt: skip
    calls = read_calls(tmp_path / "calls")
    assert sum(1 for call in calls if call.name == "write" and "/kept>" in call.arguments) == 3
    assert not any(call.has_synced("/kept") for call in calls)
