"""The bench command (测速命令): every case in turn, several rounds, one report."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from web.bench.cases import NAMES, SIZES, Case, build_cases, events_of
from web.bench.load import write_load
from web.bench.node_packages import install_packages
from web.bench.postgres import DURABLE, run_postgres
from web.bench.processes import BenchFailed
from web.bench.report import Delays, Row, broken_ceilings, render_json, render_markdown
from web.bench.rounds import Grounds, run_paced, run_round

PACED_SECONDS = 5


def run_bench(
    *,
    json_file: Path | None,
    events: int,
    rounds: int,
    stores: tuple[str, ...],
    without: frozenset[str],
    console: Console,
) -> None:
    """Measure, print Markdown, write JSON. Raises BenchFailed, NodeMissing, PostgresMissing."""
    if unknown := without - set(NAMES):
        raise BenchFailed(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
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
    console.print(render_markdown(rows, delays), markup=False, soft_wrap=True)
    if json_file is not None:
        json_file.write_text(json.dumps(render_json(rows, delays), indent=1) + "\n", encoding="utf-8")
        console.print(f"✓ {json_file}", markup=False)
    if broken := broken_ceilings(rows):
        raise BenchFailed("a ceiling is too low to measure against: " + "; ".join(broken))


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
