"""The bench of faults (故障测试命令): every fault, round after round, and the table of what was lost."""

import random
import shlex
from math import ceil
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from web.bench.faults.campaign import plan_sessions, run_campaign
from web.bench.faults.catalogue import every_fault
from web.bench.faults.fault import Pace, Round
from web.bench.faults.table import render_report, tell
from web.commands.running import Misused


class FaultBenchFailed(RuntimeError):
    """A round failed, or could not be made; the message says which and how to repeat it."""


def run_fault_bench(
    *, rounds: int, seed: int | None, short: bool, names: list[str], report: Path | None, console: Console
) -> None:
    """At least so many rounds, every fault as often as any other; say each, write the table.

    Raises FaultBenchFailed, Misused.
    """
    known = every_fault()
    if unknown := [name for name in names if name not in known]:
        raise Misused(f"没有这种故障 no such fault: {', '.join(unknown)} · 可选 there are {', '.join(known)}")
    chosen = [known[name] for name in names or known]
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    passes = ceil(rounds / len(chosen))
    sessions = plan_sessions(chosen, passes=passes, seed=seed)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(f"seed {seed}", total=passes * len(chosen))

        def show(each: Round) -> None:
            console.print(tell(each), markup=False)
            bar.advance(task)

        found = run_campaign(sessions, pace=Pace(is_long=not short), on_round=show)
    if report is not None:
        report.write_text(render_report(found, known, command=_command(rounds, seed, short, names)), encoding="utf-8")
        console.print(f"✓ {report}", markup=False)
    if failed := [each for each in found if each.problem]:
        first = failed[0]
        again = _command(1, first.seed, short, [first.fault])
        raise FaultBenchFailed(f"{len(failed)} of {len(found)} rounds failed; the first again: {again}")


def _command(rounds: int, seed: int, short: bool, names: list[str]) -> str:
    words = ["./jixin", "bench", "--faults", "--rounds", str(rounds), "--seed", str(seed)]
    only = [word for name in names for word in ("--fault", name)]
    return shlex.join([*words, *(["--short"] if short else []), *only])
