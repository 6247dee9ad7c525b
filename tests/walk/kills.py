"""A replay under way (回放途中): what is on its way in the middle of it, and what must be recorded at its end."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.walk.installation import Installation
from tests.walk.processes import wait_until
from tests.walk.shift import Shift, write_shift
from tests.walk.witness import (
    Recorded,
    assert_gapless,
    assert_recorded_once,
    count_events,
    in_flight,
    recorded_in,
    rows,
)

PARCELS = 2_000  # of four events
SECONDS = 150.0


@dataclass(frozen=True, slots=True)
class Walk:
    """A carrier's shift that is replayed; its list was synced to disk before the first beep."""

    place: Installation
    shift: Shift
    carrier: str

    @staticmethod
    def of(place: Installation, folder: Path, carrier: str) -> "Walk":
        return Walk(place, write_shift(folder, carrier, parcels=PARCELS), carrier)

    @property
    def store(self) -> Path:
        return self.place.data_dir / "jixin.db"

    @property
    def recorded(self) -> list[Recorded]:
        return recorded_in(self.store, self.carrier)

    @property
    def in_flight(self) -> set[UUID]:
        """What the station has handed over and has no receipt for."""
        return in_flight(self.place.data_dir / "outbox" / "gateway.db")

    def start(self) -> "subprocess.Popen[str]":
        """Start replaying."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return self.place.start("replay", str(self.shift.file), "--json", **streams)

    def begin(self) -> "subprocess.Popen[str]":
        """Start replaying; returns in the middle of it, when some is recorded and more is on its way."""
        before = count_events(self.store)
        process = self.start()
        wait_until(lambda: count_events(self.store) >= before + 500, "some events are recorded")
        wait_until(lambda: len(self.in_flight) >= 100, "more is on its way")
        return process

    def assert_in_flight(self) -> None:
        """Some events were handed over and not receipted at the moment of the kill, or it proves nothing."""
        flying, recorded = self.in_flight, {each.event_id for each in self.recorded}
        print(f"{self.carrier}: {len(flying)} events were in flight, {len(flying - recorded)} of them not recorded")
        assert flying

    def assert_all_recorded_once(self) -> None:
        """The list, the log and the parcels say the same."""
        assert_recorded_once(self.recorded, self.shift.listed)
        assert_gapless(self.store)
        ((parcels,),) = rows(self.store, "SELECT count(*) FROM parcel WHERE carrier = ?", self.carrier)
        assert parcels == PARCELS


def finish(replay: "subprocess.Popen[str]") -> dict[str, Any]:
    """The report of a replay that must end well."""
    said, complaints = replay.communicate(timeout=SECONDS)
    assert replay.returncode == 0, complaints[-2000:]
    report: dict[str, Any] = json.loads(said)
    assert (report["rows"], report["refused"], report["unreadable"]) == (PARCELS * 4, 0, 0)
    assert report["recorded"] + report["known"] == PARCELS * 4
    return report
