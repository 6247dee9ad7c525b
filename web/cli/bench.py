"""The bench (测速): what is measured, and against what."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import MISUSED, console, explained, fail, read_settings


class Store(StrEnum):
    """Which stores the bench measures."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    BOTH = "both"


def bench(
    *,
    json_file: Annotated[Path | None, typer.Option("--json", help="写出 JSON write the report as JSON")] = None,
    events: Annotated[int, typer.Option(min=1_000, help="每轮事件数 events a round")] = 20_000,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, help="轮数 rounds of each case (3); with --faults at least so many in all (100)"),
    ] = None,
    store: Annotated[Store, typer.Option(help="库 which store")] = Store.BOTH,
    without: Annotated[list[str] | None, typer.Option(help="略去某项 leave a case out; repeatable")] = None,
    fuzz: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="改做模糊测试 instead, so many bad payloads"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="随机种子 of --fuzz, --gate (1) and --faults (any): the same seed does the same again"),
    ] = None,
    growth: Annotated[
        str | None, typer.Option(help="增长：百万条数 instead: cost as the store grows, millions of events, as 1,5,20")
    ] = None,
    stations: Annotated[
        int | None, typer.Option(min=1, help="网点数 instead: so many connected stations at a city's peak and at most")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="每种速率的分钟数 of --stations, at each rate")] = 10.0,
    gate: Annotated[bool, typer.Option("--gate", help="收寄闸口 instead: acceptances at a counter, 5 % bad")] = False,
    acceptances: Annotated[int, typer.Option(min=100, help="收寄件数 of --gate")] = 10_000,
    year: Annotated[
        float | None,
        typer.Option(min=0.01, help="年度考核：百万件 instead: a year of so many million parcels assessed"),
    ] = None,
    faults: Annotated[bool, typer.Option("--faults", help="故障试验 instead: break things at load, and count")] = False,
    fault: Annotated[list[str] | None, typer.Option(help="只试此故障 of --faults: only this one; repeatable")] = None,
    short: Annotated[bool, typer.Option("--short", help="缩短 of --faults: seconds where it takes minutes")] = False,
    report: Annotated[Path | None, typer.Option(help="写出 Markdown write the report as Markdown")] = None,
) -> None:
    """测速：与上限和同类同场比较 · measure the whole walk beside ceilings and peers, in one run."""
    read_settings()
    with explained():
        from web.commands.bench import run_bench, run_gate_bench, run_growth_bench, run_stations_bench, run_year_bench
        from web.commands.fault_bench import run_fault_bench
        from web.commands.fuzzing import run_fuzzing

        modes = {
            "--faults": faults,
            "--fuzz": fuzz,
            "--gate": gate,
            "--growth": growth,
            "--stations": stations,
            "--year": year,
        }
        chosen = [name for name, wanted in modes.items() if wanted]
        if len(chosen) > 1:
            fail(f"{' 与 '.join(chosen)} 不能同用 · {' and '.join(chosen)} exclude each other: give one", MISUSED)
        stores = ("sqlite", "postgresql") if store is Store.BOTH else (store.value,)
        if (fault or short) and not faults:
            fail("--fault 和 --short 只与 --faults 同用 · --fault and --short go with --faults", MISUSED)
        if faults:
            names, most = fault or [], rounds or 100
            run_fault_bench(rounds=most, seed=seed, short=short, names=names, report=report, console=console)
        elif fuzz is not None:
            run_fuzzing(count=fuzz, seed=1 if seed is None else seed, stores=stores, console=console)
        elif gate:
            run_gate_bench(acceptances, seed=1 if seed is None else seed, report=report, console=console)
        elif year is not None:
            run_year_bench(round(year * 1_000_000), rounds=rounds or 3, report=report, console=console)
        elif growth is not None:
            sizes = _millions(growth)
            run_growth_bench(sizes, report=report, console=console)
        elif stations is not None:
            run_stations_bench(stations, minutes=minutes, stores=stores, report=report, console=console)
        else:
            omitted = frozenset(without or ())
            run_bench(
                json_file=json_file,
                events=events,
                rounds=rounds or 3,
                stores=stores,
                without=omitted,
                report=report,
                console=console,
            )


def _millions(text: str) -> list[int]:
    try:
        sizes = [round(float(part) * 1_000_000) for part in text.split(",")]
    except ValueError:
        fail(
            "--growth 是以逗号分隔的百万条数 · --growth takes millions of events with commas between, such as 1,5,20",
            MISUSED,
        )
    if sizes != sorted(set(sizes)) or sizes[0] < 1_000:
        fail("--growth 须由小到大，自 0.001 起 · --growth takes sizes that grow, from 0.001 on", MISUSED)
    return sizes
