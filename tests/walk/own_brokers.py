"""A site with a broker of its own (自有代理现场): what `jixin broker-config` wrote, run for real, and a tracker."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.walk.handheld import Handheld
from tests.walk.installation import Installation, stop
from tests.walk.mosquitto import answers, find_program
from tests.walk.processes import free_port, wait_until
from tests.walk.witness import rows
from tracker.intake.broker import find_server
from tracker.wire.topics import Post
from web.commands.enrolling import run_enrol, run_revoke
from web.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """An installation with its broker and tracker running; stations know it by their enrolment files."""

    kind: str
    place: Installation
    port: int
    second_port: int
    broker: "subprocess.Popen[bytes]"

    @property
    def folder(self) -> Path:
        """The broker's folder."""
        return self.place.data_dir / "broker" / f"{self.kind}-1"

    @property
    def store(self) -> Path:
        return self.place.data_dir / "jixin.db"

    @property
    def tracker_client_id(self) -> str:
        """The secret, as a thief of the data dir would read it."""
        return (self.place.data_dir / "keys" / "tracker-client-id").read_text().strip()

    @property
    def times_thrown_off(self) -> int:
        """How often the tracker has lost its connection."""
        return self.place.log.count("broker_disconnected")

    @property
    def settings(self) -> Settings:
        """What the commands here are set to."""
        urls = {name.removeprefix("JIXIN_").lower(): value for name, value in self.place.variables.items()}
        return Settings(data_dir=self.place.data_dir, **urls)

    def enrol(self, station: str, device: str = "GUN-1") -> dict[str, Any]:
        """What the file of a new device holds; as the command does it, without waiting for a Python to start."""
        file = self.place.data_dir.parent / f"POSTROAD-{station}-{device}.json"
        run_enrol(self.settings, Post("POSTROAD", station, device), file)
        enrolment: dict[str, Any] = json.loads(file.read_bytes())
        return enrolment

    def revoke(self, station: str, device: str = "GUN-1") -> None:
        run_revoke(self.settings, Post("POSTROAD", station, device))

    def waybills(self, prefix: str) -> list[str]:
        """The waybill numbers that are recorded, one an event."""
        found = rows(self.store, "SELECT waybill_no FROM event WHERE waybill_no LIKE ? ORDER BY 1", f"{prefix}%")
        return [number for (number,) in found]


@contextmanager
def run_site(place: Installation, kind: str) -> Iterator[Site]:
    """Configure, start broker and tracker, and stop them when the block ends."""
    port, second_port = free_port(), free_port()
    said = place.must("broker-config", "--kind", kind, "--node", f"127.0.0.1:{port}:{second_port}")
    for line in said.splitlines():
        if line.strip().startswith("export "):
            name, _, value = line.strip().removeprefix("export ").partition("=")
            place.variables[name] = value
    with run_broker(place.data_dir / "broker" / f"{kind}-1", kind, port) as broker, place.log_file.open("a") as log:
        place.enrol("POSTROAD", "CQ-1")
        tracker = place.start("tracker", stdout=log, stderr=log)
        try:
            wait_until(lambda: "broker_connected" in place.log or tracker.poll() is not None, "the tracker is in")
            yield Site(kind, place, port, second_port, broker)
            assert stop(tracker) == 0, place.log[-2000:]
        finally:
            stop(tracker)


@contextmanager
def run_broker(folder: Path, kind: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The broker that a folder configures, in that folder."""
    program = str(find_server()) if kind == "nats" else find_program("mosquitto")
    with (folder / "log").open("wb") as log:
        broker = subprocess.Popen([program, "-c", f"{kind}.conf"], cwd=folder, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(port) or broker.poll() is not None, f"{kind} answers")
        assert broker.poll() is None, (folder / "log").read_text()[-2000:]
        yield broker
        assert broker.poll() is None, f"somebody took {kind} down: {(folder / 'log').read_text()[-2000:]}"
    finally:
        broker.terminate()
        broker.wait(20)


def assert_speaks(device: Handheld, waybill_no: str) -> None:
    """The device is in and is answered: broker and tracker do their work."""
    assert device.connected.wait(20)
    assert device.scan(waybill_no)["recorded"] == 1


def assert_kept_out(enrolment: dict[str, Any], **connection: Any) -> None:
    """Whoever comes with this is not let in."""
    with Handheld(enrolment).connecting(**connection) as device:
        assert device.answered.wait(20)
        assert device.refusal
        assert not device.connected.is_set()
