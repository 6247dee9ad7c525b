"""The commands of operators (当班人员命令): each imports its code only when it runs."""

from typing import Annotated

import typer

from web.cli.command_line import WholeHelp, console, explained, read_settings

operators = typer.Typer(
    help="当班人员：登记、查看、注销 · who may sign in at this machine's counter: add, list, remove.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)


@operators.command(name="add")
def operators_add(
    code: Annotated[str, typer.Argument(help="工号 operator code")],
    badge: Annotated[bool, typer.Option("--badge", help="同时登记工牌 also take a badge, scanned when asked")] = False,
    handover: Annotated[
        bool, typer.Option("--handover", help="只作交接对方 a badge alone: takes parcels over, signs in nowhere")
    ] = False,
) -> None:
    """登记当班人员：输入 PIN（六至十二位数字）· let an operator sign in at the counter; asks for a PIN, twice.

    由程序输入时每项一行，PIN 只写一次 · from a program: a line each, the PIN once, then the badge.
    """
    settings = read_settings()
    with explained():
        from web.commands.counter_operators import run_add_operator

        run_add_operator(settings, code, with_badge=badge, takes_over_only=handover)
        console.print(f"✓ {code}", markup=False)


@operators.command(name="list")
def operators_list() -> None:
    """列出当班人员 · who may sign in at this counter."""
    settings = read_settings()
    with explained():
        from web.commands.counter_operators import find_operators

        for each in find_operators(settings):
            signs_in = "PIN + 工牌 badge" if each.badge else "PIN"
            console.print(f"{each.code} · {signs_in if each.pin else '只作交接 hand-over only'}", markup=False)


@operators.command(name="remove")
def operators_remove(code: Annotated[str, typer.Argument(help="工号 operator code")]) -> None:
    """注销当班人员：其页面立即退出 · an operator may no longer sign in, and is signed out at once."""
    settings = read_settings()
    with explained():
        from web.commands.counter_operators import run_remove_operator

        run_remove_operator(settings, code)
        console.print(f"✓ {code}", markup=False)
