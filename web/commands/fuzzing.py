"""The fuzz command (模糊测试命令): bad payloads through the intake on each store, and a verdict in one line."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TaskID
from sqlalchemy.engine import Engine

from tracker.store.database import build_engine
from tracker.store.migrate import upgrade
from web.bench.fuzz.run import FuzzReport, run_fuzz
from web.bench.postgres import run_postgres

SHOWN = 20  # violations named
SOUND = "无崩溃、无错行、全部答复 no crash, no wrong row, all answered"


class FuzzFailed(RuntimeError):
    """Something happened that must not; what was printed before says what, and the seed brings it back."""


def run_fuzzing(*, count: int, seed: int, stores: Sequence[str], console: Console) -> None:
    """So many payloads of a seed through each store, counts by code and a verdict. Raises FuzzFailed."""
    reports = {}
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=console, transient=True) as bar:
        for store in stores:
            task = bar.add_task(f"{store} · seed {seed}", total=count)
            with _store(store) as engine:
                reports[store] = run_fuzz(engine, count=count, seed=seed, show=partial(_show, bar, task))
    console.print(render_markdown(reports), markup=False, soft_wrap=True)
    for store, report in reports.items():
        for violation in report.violations[:SHOWN]:
            console.print(f"  {store} #{violation.number} {violation.kind}: {violation.what}", markup=False)
        console.print(_verdict(store, report), markup=False)
    differ = len({frozenset(report.codes.items()) for report in reports.values()}) > 1
    if differ or any(report.violations for report in reports.values()):
        raise FuzzFailed(f"bad input did harm{', and the stores differ' if differ else ''}; again with --seed {seed}")


def _show(bar: Progress, task: TaskID, done: int) -> None:
    bar.update(task, completed=done)


@contextmanager
def _store(name: str) -> Iterator[Engine]:
    """An empty migrated store, gone with the block."""
    with tempfile.TemporaryDirectory(prefix="jixin-fuzz-") as folder:
        if name == "sqlite":
            yield from _migrated(f"sqlite:///{Path(folder) / 'fuzz.db'}")
        else:
            with run_postgres() as server:
                yield from _migrated(server.url(server.create_database()))


def _migrated(url: str) -> Iterator[Engine]:
    engine = build_engine(url)
    try:
        upgrade(engine)
        yield engine
    finally:
        engine.dispose()


def render_markdown(reports: dict[str, FuzzReport]) -> str:
    """Counts by outcome and code, a column a store."""
    keys = sorted({key for report in reports.values() for key in report.codes})
    lines = [f"| outcome | code | {' | '.join(reports)} |", f"|---|---|{'--:|' * len(reports)}"]
    for outcome, code in keys:
        numbers = " | ".join(f"{report.codes[outcome, code]:,}" for report in reports.values())
        lines.append(f"| {outcome} | {code} | {numbers} |")
    return "\n".join(lines)


def _verdict(store: str, report: FuzzReport) -> str:
    harm = f"{len(report.violations):,} 处违规 violations" if report.violations else SOUND
    mark, rate = "✗" if report.violations else "✓", report.payloads / report.seconds
    return (
        f"{mark} {store}: {report.payloads:,} 份报文 payloads · seed {report.seed} · {harm} · {rate:,.0f}/s"
        f" · 最慢 slowest {report.slowest:.2f} s"
    )
