"""Judging (考核与核验): scores computed, and whatever was handed out checked offline."""

from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import FAILED, MISUSED, console, errors, explained, fail, read_settings, sharing_the_store
from web.cli.options import read_day, read_division


def assess(
    from_: Annotated[
        str | None, typer.Option("--from", help="起始日 first local day, YYYY-MM-DD", callback=read_day)
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="截止日（不含） day after the last", callback=read_day)] = None,
    division: Annotated[
        str | None, typer.Option(help="行政区划代码 division code of the origin", callback=read_division)
    ] = None,
    every_province: Annotated[
        bool,
        typer.Option("--every-province", help="分省考核 one run for each province that has parcels enough, saved each"),
    ] = False,
    scheme: Annotated[str | None, typer.Option(help="评定方案 scheme version")] = None,
    export: Annotated[Path | None, typer.Option(help="导出 write the saved run as JSON")] = None,
    parcels: Annotated[
        Path | None, typer.Option(help="导出明细 write the parcels that it rests on as Parquet, into a new folder")
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(help="从归档计数 count the parcels of the archive in this folder; with --keys"),
    ] = None,
    keys: Annotated[Path | None, typer.Option(help="公钥 the keys that you trust, to check the archive")] = None,
) -> None:
    """考核：计分、排名、存档 · score and rank the carriers of a window and save the run."""
    if every_province and (division, scheme, export, parcels, archive) != (None,) * 5:
        fail("--every-province 只与 --from、--to 同用 · goes with --from and --to alone", MISUSED)
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        if every_province:
            from web.commands.assessing_provinces import run_assess_provinces

            return run_assess_provinces(settings, from_=from_, to=to, console=console)
        from web.commands.assessing import run_assess
        from web.commands.progress import showing_steps

        with showing_steps(errors) as begin:
            run_assess(
                settings,
                from_=from_,
                to=to,
                division=division,
                scheme=scheme,
                export=export,
                parcels=parcels,
                archive=archive,
                keys=keys,
                console=console,
                begin=begin,
            )


def verify(
    file: Annotated[
        Path,
        typer.Argument(
            help="存证、考核、报告或归档目录 a proof (…/proof), an exported run, a report, an archive's folder"
        ),
    ],
    keys: Annotated[
        Path | None,
        typer.Option(help="公钥 a key set from `jixin keys`, or an enrolment file, that you trust; for all but a run"),
    ] = None,
) -> None:
    """核验：离线检查存证、考核、报告或归档 · check a proof, run, report or archive offline, trusting nobody."""
    with explained():
        from web.commands.progress import showing_steps
        from web.commands.verifying import run_verify

        with showing_steps(errors) as begin:
            progress = begin("核验 verifying")
            holds = run_verify(file, keys, say=lambda line: console.print(line, markup=False), progress=progress)
        if not holds:
            raise typer.Exit(FAILED)
