"""The command of credit reports (信用报告命令): it imports its code only when it runs."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from web.cli.command_line import console, explained, read_settings


def report(
    carrier: Annotated[str, typer.Argument(help="企业代码或统一社会信用代码 a carrier's code, or its USCC")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="写到 the file to write: .pdf (signed, PAdES) or .json (signed, JWS)")
    ],
    run: Annotated[UUID | None, typer.Option(help="考核编号 a saved run's id; without it the latest")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="期间起 first local day, YYYY-MM-DD")] = None,
    to: Annotated[str | None, typer.Option(help="期间止（不含） the local day after the last one")] = None,
    division: Annotated[str | None, typer.Option(help="寄出地代码 GB/T 2260 code; without it nationwide")] = None,
    own: Annotated[
        bool,
        typer.Option("--own", help="给企业本身：含档案和异议理由 for the enterprise itself, with its archive"),
    ] = False,
) -> None:
    """信用报告:一次存档考核中一家企业的签名报告 · a carrier's signed report of one saved run, as PDF or JSON."""
    settings = read_settings()
    with explained():
        from web.commands.reporting import run_report

        for line in run_report(settings, carrier, out=out, run_id=run, from_=from_, to=to, division=division, own=own):
            console.print(line, markup=False)
