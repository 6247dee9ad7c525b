"""The doctor (自检): is all well, is a scan missing, does personal data lie open."""

from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import FAILED, MISUSED, console, errors, explained, fail, read_settings


def doctor(
    audit: Annotated[
        bool, typer.Option("--audit", help="终端计数审计 compare each device's sequence with the store instead")
    ] = False,
    show_all: Annotated[
        bool, typer.Option("--all", help="审计：列出全部终端 of --audit: devices that lack nothing too")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON for machines")] = False,
    grace: Annotated[
        int,
        typer.Option(min=0, help="审计：多少分钟内的缺号算在途 minutes in which a gap may still be filled"),
    ] = 15,
    privacy: Annotated[
        bool,
        typer.Option(
            "--privacy", help="查漏 look for personal data lying open, in a simulated day of a house of its own"
        ),
    ] = False,
    parcels: Annotated[
        int | None, typer.Option(min=1, help="查漏：一日件量 of --privacy: parcels of the day (100)")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="查漏：随机种子 of --privacy: the same people again (any)")] = None,
    needles: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="查漏：值的清单 of --privacy: look for the values of this file here instead, one a line",
        ),
    ] = None,
) -> None:
    """自检：逐项检查安装；--audit 找缺号；--privacy 查漏 · checks the installation, names the scans that never came, or
    looks for personal data that lies open."""
    settings = read_settings(names_unknown=audit)
    if audit and privacy:
        fail("--audit 与 --privacy 不能同用 · exclude each other: give one", MISUSED)
    if not privacy and (parcels, seed, needles) != (None, None, None):
        fail("--parcels、--seed 和 --needles 只与 --privacy 同用 · they go with --privacy", MISUSED)
    if needles is not None and (parcels, seed) != (None, None):
        fail("--needles 不用 --parcels、--seed · searches what is here: no day is simulated", MISUSED)
    with explained():
        from web.commands.auditing import run_audit
        from web.commands.doctor.checking import run_doctor

        def say(line: str) -> None:
            console.print(line, markup=False)

        if privacy:
            from web.commands.privacy import run_privacy, run_search

            def note(line: str) -> None:
                errors.print(line, markup=False)

            is_shut = (
                run_privacy(parcels=parcels or 100, seed=seed, as_json=as_json, say=say, note=note)
                if needles is None
                else run_search(settings, needles, as_json=as_json, say=say, note=note)
            )
            raise typer.Exit(0 if is_shut else FAILED)
        well = (
            run_audit(settings, grace_minutes=grace, show_all=show_all, as_json=as_json, say=say)
            if audit
            else run_doctor(settings, as_json=as_json, say=say)
        )
        if not well:
            raise typer.Exit(FAILED)
