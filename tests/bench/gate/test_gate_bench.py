"""The gate's bench: every way to be bad comes by, what is planted wrong is found, and the command ends with 1."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from rich.console import Console

from web.bench.gate import run
from web.bench.gate.bad_ways import WAYS
from web.bench.gate.crowd import BAD_PHOTOGRAPHS, ONE_BAD_IN, Brought, draw_crowd, draw_good
from web.bench.gate.report import find_failures, render_gate
from web.bench.gate.run import Verdicts, run_crowd
from web.bench.processes import BenchFailed
from web.commands.bench import run_gate_bench

EVERY_WAY = [*WAYS, *BAD_PHOTOGRAPHS]


def crowd_at(folder: Path, number: int) -> Verdicts:
    return run_crowd(number, seed=7, folder=folder, step=lambda: None)


def test_every_way_to_be_bad_comes_by_and_one_in_twenty_is_bad() -> None:
    crowd = list(draw_crowd(len(EVERY_WAY) * ONE_BAD_IN, seed=3))
    assert [each.way for each in crowd if each.way] == EVERY_WAY


def test_a_counter_takes_the_good_onto_its_disk_and_nobody_else(tmp_path: Path) -> None:
    found = crowd_at(tmp_path, 200)
    assert (found.good, found.bad, found.kept) == (190, 10, 190)
    assert [line for line in find_failures(found) if "p95" not in line] == []  # the machine may be busy
    assert len(found.decided) == len(found.whole) == 200
    assert "| bad accepted | 0 | 0 |" in render_gate(found, seed=7)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A good one that is said to be bad, a bad one that is said to be good, and one of a reason that is not given."""

    def draw(number: int, *, seed: int) -> Iterator[Brought]:
        random = Random(seed)
        yield Brought(draw_good(random), "planted", "document_expired")
        yield Brought(WAYS["declined"][1](random))
        yield Brought(WAYS["declined"][1](random), "declined", "document_expired")

    monkeypatch.setattr(run, "draw_crowd", draw)


def test_what_the_gate_gets_wrong_is_found(planted: None, tmp_path: Path) -> None:
    failures = [line for line in find_failures(crowd_at(tmp_path, 3)) if "p95" not in line]
    assert [each.split(":")[0] for each in failures] == ["bad accepted", "good refused", "another reason"]


def test_the_command_fails_and_the_report_is_written_all_the_same(planted: None, tmp_path: Path) -> None:
    report = tmp_path / "gate.md"
    with pytest.raises(BenchFailed, match="bad accepted: planted"):
        run_gate_bench(3, seed=1, report=report, console=Console(file=StringIO()))
    assert "| good refused | 1 | 0 |" in report.read_text(encoding="utf-8")


def test_a_slow_gate_fails() -> None:
    slow = Verdicts(good=100, kept=100, decided=[0.01] * 90 + [0.2] * 10, whole=[0.01] * 96 + [9.0] * 4)
    assert find_failures(slow) == ["the decision's p95 is 200 ms"]
