"""The commands of self-service devices (自助终端命令): each imports its code only when it runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import WholeHelp, console, explained, read_settings

self_service = typer.Typer(
    help="自助终端：查看、签发名单 · devices that check senders beforehand: list, sign for a carrier's counters.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)


@self_service.command("list")
def list_devices(
    carrier: Annotated[str | None, typer.Option(help="企业代码 one carrier's")] = None,
) -> None:
    """查看：✓ 为有效 · list their keys; those in force are marked."""
    settings = read_settings()
    with explained():
        from web.commands.self_service import run_list

        lines = list(run_list(settings, carrier))
        for line in lines:
            console.print(line, markup=False)
        if not lines:
            console.print("没有自助终端 · there is none: `jixin enrol --self-service`", markup=False)


@self_service.command("export")
def export_devices(
    carrier: Annotated[str, typer.Option(help="企业代码 whose devices")],
    out: Annotated[Path, typer.Option(help="写到 FILE.jws where to write, mode 0600")],
) -> None:
    """签发：供柜台离线核对凭证 · sign one carrier's list, by which its counters check vouchers offline."""
    settings = read_settings()
    with explained():
        from web.commands.self_service import run_export

        count = run_export(settings, carrier, out, now=datetime.now(UTC))
        console.print(f"✓ {count:,} 台自助终端 self-service devices · {out}", markup=False)
