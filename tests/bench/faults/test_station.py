"""The station at load: it rests when the counter is clear, and says so on its list."""

import io
from pathlib import Path
from threading import Thread
from typing import Any

from web.bench.faults.counter import Counter
from web.bench.faults.programs.station import ARMFUL, Load
from web.bench.faults.service import wait_until


class Paper(io.StringIO):
    """A list that nobody syncs."""

    def fileno(self) -> int:
        return 0


def test_it_rests_only_when_what_lies_on_the_counter_is_scanned(monkeypatch: Any) -> None:
    monkeypatch.setattr("os.fdatasync", lambda _: None)
    paper = Paper()
    load = Load(paper, "S", 1e9, 0)
    load.scanning.set()
    lines = load.lines()
    begun = [next(lines) for _ in range(3)]
    load.scanning.clear()
    load.paused.set()
    begun += [next(lines) for _ in range(ARMFUL - 3)]
    assert "-" not in paper.getvalue()
    rest: list[str] = []
    taker = Thread(target=lambda: rest.extend(lines))
    taker.start()
    wait_until(lambda: paper.getvalue().endswith("\n-\n"), "it rests", seconds=5)
    load.ended.set()
    taker.join(5)
    assert (len(begun), rest) == (ARMFUL, [])


def test_a_station_that_has_not_obeyed_yet_is_not_resting(tmp_path: Path) -> None:
    counter = Counter(tmp_path, tmp_path, "S", 1.0, "", 1.0, {}, tmp_path / "S.list")
    assert not counter.is_resting
    for written, resting in (("? S1\n! S1\n", False), ("? S1\n! S1\n-\n", True), ("? S1\n! S1\n-\n? S2\n", False)):
        counter.paper.write_text(written)
        assert counter.is_resting is resting
    assert sorted(counter.promises.scanned) == ["S1", "S2"]
    assert sorted(counter.promises.beeped) == ["S1"]
