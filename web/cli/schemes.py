"""The commands of schemes (评定方案命令): each imports its code only when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import WholeHelp, console, explained, read_settings

schemes = typer.Typer(
    help="评定方案：列出、查看、检查 · schemes: list them, show one, check a file.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)


@schemes.command("list")
def list_schemes() -> None:
    """列出：随程序发布的建议稿和已通过的方案 · those that travel with the program, and those adopted here."""
    settings = read_settings()
    with explained():
        from web.commands.scheming import run_list

        for line in run_list(settings):
            console.print(line, markup=False)


@schemes.command("show")
def show_scheme(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="方案版本 as `jixin schemes list` names it")],
) -> None:
    """查看：原文，一字不改 · a scheme's file, to the byte."""
    settings = read_settings()
    with explained():
        from web.commands.scheming import run_show

        typer.echo(run_show(settings, version), nl=False)


@schemes.command("check")
def check_scheme(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="方案文件 a scheme's TOML file")],
) -> None:
    """检查：有误时指出行号，退出码 1 · check a file; a fault is told with its line and exit code 1."""
    with explained():
        from web.commands.scheming import run_check

        console.print(run_check(file), markup=False)
