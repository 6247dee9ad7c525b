"""The bench command (测速命令): every case in turn, several rounds, one report."""

import json
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from web.bench.report import Row, render_json, render_markdown
from web.bench.rounds import Case, run_round

SIZES = (1, 20)
PEER_SHARE = 10  # the peer is slow: it gets a tenth of the events


def run_bench(*, json_file: Path | None, events: int, rounds: int, console: Console) -> None:
    """Measure, print Markdown, write JSON. Raises BenchFailed."""
    cases = [
        Case(name, role, store, size)
        for size in SIZES
        for name, role, store in (
            ("paho_consumer", "ceiling", "none"),
            ("commit_per_message", "peer", "sqlite"),
            ("jixin", "ours", "sqlite"),
        )
    ]
    rates: dict[Case, list[float]] = {case: [] for case in cases}
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("bench", total=rounds * len(cases))
        for number in range(rounds):
            for case in cases:
                bar.update(task, description=f"{number + 1}/{rounds} {case.name} × {case.events_per_message}")
                share = events // PEER_SHARE if case.role == "peer" else events
                share -= share % case.events_per_message
                rates[case].append(run_round(case, events=share))
                bar.advance(task)
    rows = [Row(case, tuple(found)) for case, found in rates.items()]
    console.print(render_markdown(rows), markup=False)
    if json_file is not None:
        json_file.write_text(json.dumps(render_json(rows), indent=1) + "\n", encoding="utf-8")
        console.print(f"✓ {json_file}", markup=False)
