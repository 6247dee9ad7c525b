"""The bench command (测速命令): every case in turn, several rounds, one report."""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from web.bench.backlog import run_backlog
from web.bench.cases import NAMES, SIZES, Case, build_cases, events_of
from web.bench.gate.report import find_failures, render_gate
from web.bench.gate.run import run_crowd as run_gate_crowd
from web.bench.growth import run_growth
from web.bench.load import write_load
from web.bench.node_packages import install_packages
from web.bench.postgres import DURABLE, run_postgres
from web.bench.processes import BenchFailed
from web.bench.report import Delays, Row, broken_ceilings, machine, render_json, render_markdown
from web.bench.report_growth import MOST_MB, render_crowds, render_growth
from web.bench.rounds import Grounds, run_events_only, run_paced, run_round
from web.bench.stations import CITY_PEAK, run_crowd
from web.bench.year import find_failures as find_year_failures
from web.bench.year import render_years, run_years
from web.commands.running import Misused

PACED_SECONDS = 5


def run_bench(
    *,
    json_file: Path | None,
    events: int,
    rounds: int,
    stores: tuple[str, ...],
    without: frozenset[str],
    report: Path | None,
    console: Console,
) -> None:
    """Measure, print Markdown, write JSON. Raises Misused, BenchFailed, NodeMissing, PostgresMissing."""
    if unknown := without - set(NAMES):
        raise Misused(f"没有这一项 no such case: {', '.join(sorted(unknown))} · 可选 there are {', '.join(NAMES)}")
    cases = build_cases(stores=stores, without=without)
    with _grounds(cases, events) as grounds, Progress(console=console, transient=True) as bar:
        task = bar.add_task("bench", total=rounds * len(cases))
        rates: dict[Case, list[float]] = {case: [] for case in cases}
        for number in range(rounds):
            for case in cases:
                name = f"{case.name} {case.store} × {case.events_per_message}"
                bar.update(task, description=f"{number + 1}/{rounds} {name}")
                rates[case].append(run_round(case, grounds, events=events_of(case, events)))
                bar.advance(task)
        rows = [Row(case, tuple(found)) for case, found in rates.items()]
        bar.update(task, description="publish → receipt")
        delays = list(_measure_delays(rows, grounds))
        bar.update(task, description="floors")
        events_only = {
            case: run_events_only(case, grounds, events=events_of(case, events))
            for case in cases
            if case.name == "bulk_insert"
        }
    _tell(render_markdown(rows, delays), "Speed 速度", report, console)
    if json_file is not None:
        json_file.write_text(json.dumps(render_json(rows, delays), indent=1) + "\n", encoding="utf-8")
        console.print(f"✓ {json_file}", markup=False)
    if broken := broken_ceilings(rows, events_only):
        raise BenchFailed("a ceiling is too low to measure against: " + "; ".join(broken))


def run_growth_bench(sizes: Sequence[int], *, report: Path | None, console: Console) -> None:
    """What an insert and a trace cost at each size, on PostgreSQL. Raises PostgresMissing."""
    marks = []
    with run_postgres(DURABLE) as server, Progress(console=console, transient=True) as bar:
        task = bar.add_task("growth", total=sizes[-1])

        def say(what: str, filled: int) -> None:
            bar.update(task, description=what, completed=filled)

        files, database = server.folder / "data" / "base", server.url(server.create_database())
        for mark in run_growth(database, sizes, files=files, seed=1, say=say):
            marks.append(mark)
            console.print(f"✓ {mark.events:,} events", markup=False)
        bar.reset(task, total=None)
        backlogs = run_backlog(_backlogs(sizes), server, say=lambda what: bar.update(task, description=what))
    _tell(render_growth(marks, backlogs), "Growth 增长", report, console)
    if heavy := [each for each in backlogs if each.tracker_mb > MOST_MB]:
        raise BenchFailed(f"the tracker took {heavy[0].tracker_mb:,.0f} MB with {heavy[0].events:,} events waiting")


def _backlogs(sizes: Sequence[int]) -> list[int]:
    """What waits: a fortieth of each size of the store, as whole messages."""
    return [max(200, size // 40 // 20 * 20) for size in sizes]


def run_gate_bench(number: int, *, seed: int, report: Path | None, console: Console) -> None:
    """So many acceptances at a counter without network, one in twenty bad. Raises BenchFailed."""
    with (
        tempfile.TemporaryDirectory(prefix="jixin-bench-gate-") as folder,
        Progress(console=console, transient=True) as bar,
    ):
        task = bar.add_task("gate", total=number)
        found = run_gate_crowd(number, seed=seed, folder=Path(folder), step=lambda: bar.advance(task))
    _tell(render_gate(found, seed=seed), "Gate 闸口", report, console)
    if failures := find_failures(found):
        raise BenchFailed("; ".join(failures))


def run_year_bench(parcels: int, *, rounds: int, report: Path | None, console: Console) -> None:
    """An assessment of so many parcels in PostgreSQL, beside the bare query. Raises BenchFailed, BenchCannotRun."""
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("year", total=parcels)
        years = run_years(parcels, rounds, say=lambda what, done: bar.update(task, completed=done, description=what))
    _tell(render_years(years), "A year assessed 年度考核", report, console)
    if failures := find_year_failures(years):
        raise BenchFailed("; ".join(failures))


def run_stations_bench(
    stations: int, *, minutes: float, stores: Sequence[str], report: Path | None, console: Console
) -> None:
    """So many stations at a city's peak, then as fast as they can. Raises BenchFailed, PostgresMissing."""
    crowds = []
    with ExitStack() as stack:
        server = stack.enter_context(run_postgres(DURABLE)) if "postgresql" in stores else None
        bar = stack.enter_context(Progress(console=console, transient=True))
        task = bar.add_task("stations", total=2 * len(stores))
        for store in stores:
            for rate in (CITY_PEAK, 0.0):

                def say(what: str, named: str = f"{store}, {rate or 'most'} events/s") -> None:
                    bar.update(task, description=f"{named}: {what}")

                crowd = run_crowd(store, server, stations=stations, rate=rate, seconds=minutes * 60, say=say)
                crowds.append(crowd)
                bar.advance(task)
    _tell(render_crowds(crowds), "Load 负载", report, console)
    if lost := [crowd for crowd in crowds if crowd.lost]:
        raise BenchFailed(f"{sum(crowd.lost for crowd in lost)} scans without a receipt or a record")


def _tell(markdown: str, title: str, report: Path | None, console: Console) -> None:
    console.print(markdown, markup=False, soft_wrap=True)
    if report is not None:
        told = machine()
        head = f"# {title}\n\nMeasured on {told['cpus']} CPUs, {told['system']}, Python {told['python']}; "
        said = f"written by `jixin {' '.join(_without_files(sys.argv[1:]))}` on {datetime.now(UTC):%Y-%m-%d}.\n\n"
        report.write_text(f"{head}{said}{markdown}\n", encoding="utf-8")
        console.print(f"✓ {report}", markup=False)


def _without_files(words: Sequence[str]) -> list[str]:
    """What was asked, without where the reports went."""
    files = {"--report", "--json"}
    return [word for before, word in pairwise(["", *words]) if word not in files and before not in files]


@contextmanager
def _grounds(cases: Sequence[Case], events: int) -> Iterator[Grounds]:
    """Everything that the rounds share, gone when the block ends."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jixin-bench-load-")))
        node_folder = install_packages() if any(case.name == "mqttjs" for case in cases) else None
        needs_postgres = any(case.store == "postgresql" for case in cases)
        postgres = stack.enter_context(run_postgres(DURABLE)) if needs_postgres else None
        now = datetime.now(UTC)
        loads = {
            size: write_load(
                folder,
                events=max(events_of(case, events) for case in cases if case.events_per_message == size),
                events_per_message=size,
                now=now,
            )
            for size in SIZES
        }
        yield Grounds(loads, postgres, node_folder)


def _measure_delays(rows: Sequence[Row], grounds: Grounds) -> Iterator[Delays]:
    """At half of what was measured with 20 events a message."""
    for row in rows:
        if row.case.name == "jixin" and row.case.events_per_message == 20:
            rate = row.median / 2
            events = int(rate * PACED_SECONDS) // 20 * 20
            available = grounds.loads[20].events // 20 * 20
            yield Delays.of(row.case, rate, run_paced(row.case, grounds, events=min(events, available), rate=rate))
