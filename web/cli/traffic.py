"""Traffic (往来): events from a file, or from a simulated fleet, sent the whole way."""

from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import console, errors, explained, read_settings, sharing_the_store
from web.cli.options import Months, Parcels, Seed


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="回放文件 UTF-8 CSV, one event a row")],
    encoding: Annotated[str, typer.Option(help="文件编码 for example gb18030")] = "utf-8",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print one JSON object")] = False,
    enrolment: Annotated[Path | None, typer.Option(help="网关凭据 a gateway's enrolment file")] = None,
    stalled_after: Annotated[float, typer.Option(help="无回执多少秒后放弃 seconds without any receipt")] = 300.0,
) -> None:
    """回放：历史记录走完全程 · send a file of events the whole way: outbox, MQTT, receipt."""
    settings = read_settings()
    with explained():
        from web.commands.replaying import render_json, run_replay, say_report

        report = run_replay(
            settings, file, encoding=encoding, enrolment_file=enrolment, console=errors, stalled_after=stalled_after
        )
        if as_json:
            console.print(render_json(report), markup=False)
        else:
            say_report(report, console)


def simulate(
    parcels: Parcels = 3000,
    seed: Seed = 1,
    truth: Annotated[
        Path | None, typer.Option(help="真值文件 where to write what really happened; outside the data dir")
    ] = None,
    months: Months = 0,
) -> None:
    """模拟车队：从下单到签收 · run a simulated fleet of invented carriers against the running tracker."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.simulating import run_simulation

        run_simulation(settings, parcels=parcels, seed=seed, truth_file=truth, console=console, months=months)
