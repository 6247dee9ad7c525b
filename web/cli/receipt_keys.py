"""Receipt keys (回执密钥): shown to whoever verifies, and changed."""

from typing import Annotated

import typer

from web.cli.command_line import MISUSED, console, explained, fail, read_settings, sharing_the_store


def keys() -> None:
    """公开回执公钥：供任何人核验存证 · print the public keys of receipts as a JWK Set: what `verify --keys` needs."""
    settings = read_settings()
    with explained():
        from web.commands.rotating import export_keys

        typer.echo(export_keys(settings), nl=False)


def rotate_keys(
    switch: Annotated[
        bool, typer.Option("--switch", help="启用已公布的密钥 sign with the announced key from now on")
    ] = False,
    now: Annotated[
        bool,
        typer.Option("--now", help="不等一天 with --switch: do not wait a day, where the key may be stolen"),
    ] = False,
    lost: Annotated[
        bool,
        typer.Option("--lost", help="密钥已丢失 the present key is lost for good: a new one, which no device believes"),
    ] = False,
) -> None:
    """轮换回执密钥：先公布，后启用，终端自动跟随 · announce the next receipt key, then use it; devices follow."""
    settings = read_settings()
    if (now and not switch) or (lost and switch):
        fail("--now 只与 --switch 同用，--lost 单独用 · --now goes with --switch, --lost with neither", MISUSED)
    with explained(), sharing_the_store(settings):
        from web.commands.rotating import run_replace_lost_key, run_rotate_keys

        for line in run_replace_lost_key(settings) if lost else run_rotate_keys(settings, switch=switch, at_once=now):
            console.print(line, markup=False)
