"""The command that breaks things (故障测试命令): what it is asked, what it plans, how it ends when a round fails."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from web.bench.faults.campaign import plan_sessions
from web.bench.faults.catalogue import every_fault
from web.bench.faults.fault import Round
from web.cli.program import app
from web.commands import fault_bench
from web.commands.fault_bench import FaultBenchFailed, run_fault_bench


def test_every_fault_is_tried_in_every_pass_on_its_own_ground_and_each_pass_has_a_seed() -> None:
    faults = every_fault()
    sessions = plan_sessions(list(faults.values()), passes=3, seed=10)
    tried = Counter(fault.name for session in sessions for fault in session.faults)
    assert tried == dict.fromkeys(faults, 3)
    assert {session.seed for session in sessions} == {10, 11, 12}
    assert all(fault.kind is session.kind for session in sessions for fault in session.faults)


@pytest.mark.parametrize(("rounds", "passes"), [(1, 1), (2, 1), (3, 2), (100, 50)])
def test_rounds_are_counted_over_all_faults_and_dealt_evenly(
    rounds: int, passes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Any] = []
    monkeypatch.setattr(fault_bench, "run_campaign", lambda sessions, **_rest: tried.extend(sessions) or [])
    names = ["kill_tracker", "kill_broker"]
    run_fault_bench(rounds=rounds, seed=1, short=True, names=names, report=None, console=Console(quiet=True))
    assert Counter(fault.name for each in tried for fault in each.faults) == dict.fromkeys(names, passes)


@pytest.mark.parametrize("arguments", [["--short"], ["--fault", "kill_tracker"]], ids=" ".join)
def test_options_of_the_faults_without_faults_are_a_misuse(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["bench", *arguments]).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [["--faults", "--fuzz", "10"], ["--growth", "1", "--stations", "9"], ["--fuzz", "10", "--growth", "1"]],
    ids=" ".join,
)
def test_two_kinds_of_bench_at_once_are_a_misuse(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fault_bench, "run_fault_bench", lambda **_rest: None)
    result = CliRunner().invoke(app, ["bench", *arguments])
    assert result.exit_code == 2
    assert all(word in result.output for word in arguments if word.startswith("--"))


def test_an_unknown_case_of_the_bench_is_named_with_those_that_there_are() -> None:
    result = CliRunner().invoke(app, ["bench", "--without", "nonsense"])
    assert (result.exit_code, "commit_per_message" in result.output) == (2, True)


def test_an_unknown_fault_is_named_with_those_that_there_are() -> None:
    result = CliRunner().invoke(app, ["bench", "--faults", "--fault", "earthquake"])
    assert result.exit_code == 2
    assert "earthquake" in result.output
    assert "kill_tracker" in result.output


def test_a_failed_round_ends_with_the_command_that_repeats_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def campaign(_sessions: Any, *, pace: Any, on_round: Any) -> list[Round]:
        assert pace.is_long
        rounds = [
            Round("kill_tracker", 41, "tracker", 3, 100, 0, 0, 5.0),
            Round("kill_broker", 42, "broker", 3, 100, 1, 0, 5.0, problem="1 lost"),
        ]
        for each in rounds:
            on_round(each)
        return rounds

    monkeypatch.setattr(fault_bench, "run_campaign", campaign)
    report = tmp_path / "reliability.md"
    with pytest.raises(FaultBenchFailed, match="--rounds 1 --seed 42 --fault kill_broker"):
        run_fault_bench(rounds=2, seed=41, short=False, names=[], report=report, console=Console(quiet=True))
    assert "./jixin bench --faults --rounds 2 --seed 41" in report.read_text()
    assert "| `kill_broker` |" in report.read_text()
