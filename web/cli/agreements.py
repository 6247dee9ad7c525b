"""The commands of agreements (协议客户命令): each imports its code only when it runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tracker.wire.details import LOCAL
from web.cli.command_line import WholeHelp, console, explained, read_settings, sharing_the_store

agreements = typer.Typer(
    help="协议客户：登记、查看、签发名单 · safety agreements: file, list, sign for a carrier's stations.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)


@agreements.command("import")
def import_agreements(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="协议清单 UTF-8 CSV, one agreement a row")],
) -> None:
    """登记：全部或都不 · file agreements, all or none; the same file twice changes nothing."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.agreeing import run_import

        console.print(f"✓ {run_import(settings, file):,} 份协议 agreements · {file}", markup=False)


@agreements.command("list")
def list_agreements(
    carrier: Annotated[str | None, typer.Option(help="企业代码 one carrier's")] = None,
) -> None:
    """查看：✓ 为有效 · list agreements; those in force are marked."""
    settings = read_settings()
    with explained():
        from web.commands.agreeing import run_list

        lines = list(run_list(settings, carrier, today=datetime.now(LOCAL).date()))
        for line in lines:
            console.print(line, markup=False)
        if not lines:
            console.print("没有登记的协议 · no agreement is filed: `jixin agreements import FILE.csv`", markup=False)


@agreements.command("export")
def export_agreements(
    carrier: Annotated[str, typer.Option(help="企业代码 whose agreements")],
    out: Annotated[Path, typer.Option(help="写到 FILE.jws where to write, mode 0600")],
) -> None:
    """签发：供网点离线核对 · sign one carrier's list, which its stations hold offline."""
    settings = read_settings()
    with explained():
        from web.commands.agreeing import run_export

        count = run_export(settings, carrier, out, now=datetime.now(UTC))
        console.print(f"✓ {count:,} 份协议 agreements · {out}", markup=False)
