"""The commands of accounts and of the audit log (账号与审计命令): each imports its code only when it runs."""

from typing import Annotated

import typer

from web.cli.command_line import FAILED, WholeHelp, console, explained, fail, read_settings, sharing_the_store

accounts = typer.Typer(
    help="账号：新增、停用、重置、接口令牌 · accounts: who may come in, and with which tokens programs may.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)
audit = typer.Typer(
    help="审计日志：核验 · the audit log: check that nothing in it was changed.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="登录名 2 to 32 letters, digits, . _ -, a letter first")]


@accounts.command("add")
def add_account(
    login: Login,
    role: Annotated[
        str,
        typer.Option(
            help="角色 courier, station_manager, carrier, platform, regulator, vault_officer or administrator"
        ),
    ],
    carrier: Annotated[str | None, typer.Option(help="企业代码 carrier code")] = None,
    station: Annotated[str | None, typer.Option(help="网点代码 station code")] = None,
    division: Annotated[
        str | None, typer.Option(help="行政区划代码 a regulator's division; without it, the nation")
    ] = None,
    platform: Annotated[str | None, typer.Option(help="平台代码 code of a merchant platform")] = None,
) -> None:
    """新增账号：打印一次性密码 · add an account and print its one-time password, once."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from tracker.access.roles import Scope
        from web.commands.accounts import parse_role, run_add

        made = run_add(settings, login, parse_role(role), Scope(carrier, station, division, platform))
        console.print(f"✓ {made.login} · {made.role} · {made.reach}", markup=False)
        _say_password(made.password)


@accounts.command("list")
def list_accounts(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON for machines")] = False,
) -> None:
    """列出账号与令牌 · list the accounts and their tokens in force, without any secret."""
    settings = read_settings()
    with explained():
        from web.commands.accounts import list_json, list_lines

        if as_json:
            console.print(list_json(settings), markup=False)
            return
        for line in list_lines(settings):
            console.print(line, markup=False)


@accounts.command("scope")
def change_scope(
    login: Login,
    carrier: Annotated[str | None, typer.Option(help="企业代码 carrier code")] = None,
    station: Annotated[str | None, typer.Option(help="网点代码 station code")] = None,
    division: Annotated[
        str | None, typer.Option(help="行政区划代码 a regulator's division; without it, the nation")
    ] = None,
    platform: Annotated[str | None, typer.Option(help="平台代码 code of a merchant platform")] = None,
) -> None:
    """改账号范围：会话与令牌随即失效 · another scope for an account; its sessions and tokens end at once."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from tracker.access.roles import Scope
        from web.commands.accounts import run_scope

        name, reach = run_scope(settings, login, Scope(carrier, station, division, platform))
        console.print(f"✓ {name} · {reach}", markup=False)


@accounts.command("disable")
def disable_account(login: Login) -> None:
    """停用账号：会话与令牌立即失效 · disable an account; its sessions and tokens end at once."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.accounts import run_disable

        console.print(f"✓ {run_disable(settings, login)} 已停用 disabled", markup=False)


@accounts.command("reset")
def reset_account(login: Login) -> None:
    """重置账号：新的一次性密码，动态码作废 · a new one-time password, no second factor, no lock; enabled again."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.accounts import run_reset

        _say_password(run_reset(settings, login))


@accounts.command("token")
def make_token(
    login: Login,
    scope: Annotated[
        list[str], typer.Option(help="权限 devices:read and others, as docs/operations.md lists them; repeatable")
    ],
    days: Annotated[int, typer.Option(min=1, max=366, help="有效天数 days until it ends")] = 90,
) -> None:
    """生成接口令牌：只打印一次 · make an API token for an account and print it, once."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.accounts import run_token

        number, token = run_token(settings, login, scope, days=days)
        typer.echo(token)
        typer.echo(f"✓ 令牌 token {number}，{days} 天 days，只显示这一次 shown this once", err=True)


@accounts.command("revoke-token")
def revoke_token(
    number: Annotated[int, typer.Argument(min=1, help="令牌编号 the token's number, as `accounts list` shows it")],
) -> None:
    """吊销接口令牌 · revoke an API token at once."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.accounts import run_revoke_token

        if not run_revoke_token(settings, number):
            fail(f"没有有效的令牌 {number} · no token {number} in force: see `jixin accounts list`")
        console.print(f"✓ 令牌 token {number} 已吊销 revoked", markup=False)


@audit.command("verify")
def verify_audit(
    head: Annotated[
        str | None,
        typer.Option(metavar="NUMBER:HASH", help="此前记下的链头 a head printed earlier, which must still be there"),
    ] = None,
) -> None:
    """核验审计日志：逐条相扣 · walk the whole chain; prints its head, to be noted elsewhere."""
    settings = read_settings()
    with explained():
        from web.commands.audit_log import parse_head, run_verify_audit

        state = run_verify_audit(settings, parse_head(head))
        if state.broken_at is not None:
            console.print(
                f"✗ 第 {state.broken_at} 条不相扣 · the chain is broken at entry {state.broken_at}: it, or one before,"
                " was changed or removed past the database. Keep this store and its backups, and find out who",
                markup=False,
            )
            raise typer.Exit(FAILED)
        console.print(
            f"✓ {state.entries:,} 条相扣 entries hold · head {state.entries}:{state.head.hex()}", markup=False
        )


def _say_password(password: str) -> None:
    console.print(f"  一次性密码 one-time password: {password}", markup=False)
    console.print("  只显示这一次，7 天内有效，登录后须更换 · shown once, good for 7 days, to be changed at login")
