"""The commands of the vault (保险库命令): its process, erasures on request, their certificates, the access ledger."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from web.cli.command_line import MISUSED, WholeHelp, console, explained, fail, read_settings, sharing_the_store

vault = typer.Typer(
    help="实名保险库：进程、删除、证明、台账 · sealed identities: the process that keeps them, erasures, the ledger.",
    no_args_is_help=False,
    rich_markup_mode=None,
    cls=WholeHelp,
    invoke_without_command=True,
)


@vault.callback()
def run(context: typer.Context) -> None:
    """实名保险库进程，或其子命令 · without a subcommand: the vault's process, alone."""
    if context.invoked_subcommand is not None:
        return
    settings = read_settings()
    with explained():
        from web.commands.vault_service import run_vault

        run_vault(settings)


@vault.command()
def erase(
    case: Annotated[str, typer.Option(help="案件编号 the number of the request's case")],
    waybill: Annotated[str | None, typer.Option(help="运单号 all records of this parcel")] = None,
    record: Annotated[list[UUID] | None, typer.Option(help="记录编号 this record; may stand several times")] = None,
) -> None:
    """按请求删除实名记录 · erase identity records because their person asked for it; the events stay provable."""
    settings = read_settings()
    if (waybill is None) == (not record):
        fail("请给出 --waybill 或 --record · give --waybill or --record, not both", MISUSED)
    with explained(), sharing_the_store(settings):
        from web.commands.erasing import run_erase

        done = run_erase(settings, waybill_no=waybill, record_ids=record or [], case_no=case)
        console.print(f"✓ 已删除 erased {done.records} 条 records · 证明 certificate: line {done.line}", markup=False)


@vault.command()
def erasures(
    as_json: Annotated[
        bool, typer.Option("--json", help="逐行 JSON，含签名 one JSON object a line, signed form too")
    ] = False,
) -> None:
    """删除证明 · every erasure with its certificate, checked from the first line on."""
    settings = read_settings()
    with explained():
        import msgspec

        from tracker.wire.details import LOCAL
        from web.commands.erasing import read_erasures

        for entry, jws in read_erasures(settings):
            if as_json:
                console.out(msgspec.json.encode(msgspec.to_builtins(entry) | {"jws": jws}).decode(), highlight=False)
                continue
            what = entry.kid or entry.case_no or entry.purpose
            at = entry.at.astimezone(LOCAL)
            console.print(f"{entry.no:>6}  {at:%Y-%m-%d %H:%M}  {entry.basis:<13}  {len(entry.record_ids):>5}  {what}",
                          markup=False)  # fmt: skip


@vault.command()
def ledger(
    as_json: Annotated[bool, typer.Option("--json", help="逐行 JSON one JSON object a line")] = False,
) -> None:
    """查阅台账 · who opened which identity, when and why, checked from the first line on."""
    settings = read_settings()
    with explained():
        import msgspec

        from tracker.wire.details import LOCAL
        from web.commands.erasing import read_accesses

        seen = 0
        for entry in read_accesses(settings):
            seen += 1
            if as_json:
                console.out(msgspec.json.encode(entry).decode(), highlight=False)
                continue
            at = entry.at.astimezone(LOCAL)
            told = f"{entry.no:>6}  {at:%Y-%m-%d %H:%M}  {entry.opener}  {entry.outcome}  {entry.purpose}"
            console.print(f"{told}  {entry.case_no}  {entry.waybill_no}  {entry.subject}", markup=False)
        if not seen and not as_json:
            console.print("还没有人查阅过 · nobody has opened anything yet", markup=False)


@vault.command(name="recovery-key")
def recovery_key(
    out: Annotated[Path, typer.Option(help="私钥文件，离线另存 a new file for the private half: keep it elsewhere")],
) -> None:
    """生成恢复密钥 · make the key for which backups of the vault are sealed; prints its public half."""
    read_settings()
    with explained():
        from web.commands.vault_copies import make_recovery_key

        console.print(make_recovery_key(out), markup=False)


@vault.command()
def backup(
    out: Annotated[Path, typer.Option(help="新文件 a new file")],
    to: Annotated[str | None, typer.Option(help="恢复公钥 the public half of a recovery key")] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="口令文件，否则询问 a file with the passphrase; else it is asked for")
    ] = None,
) -> None:
    """备份保险库 · a copy of keys, ledger and list of erasures, sealed for a recovery key or a passphrase."""
    settings = read_settings()
    if to is not None and passphrase_file is not None:
        fail("请给出 --to 或 --passphrase-file · give --to or --passphrase-file, not both", MISUSED)
    with explained():
        from web.commands.vault_copies import back_up_vault

        passphrase = "" if to is not None else _passphrase(passphrase_file, confirm=True)
        size = back_up_vault(settings, out, public=to, passphrase=passphrase)
        console.print(f"✓ 已备份 backed up · {out} · {size:,} bytes", markup=False)


@vault.command()
def restore(
    file: Annotated[Path, typer.Argument(help="备份文件 the backup")],
    key: Annotated[Path | None, typer.Option(help="恢复私钥文件 the file of the private recovery key")] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="口令文件 a file with the passphrase")] = None,
    erasures: Annotated[Path | None, typer.Option(help="更新的删除清单 a later copy of erasures.jsonl")] = None,
    ledger: Annotated[Path | None, typer.Option(help="更新的查阅台账 a later copy of ledger.jsonl")] = None,
) -> None:
    """恢复保险库 · put a backup back; keys that were destroyed since do not come back."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.vault_copies import asks_for_passphrase, bring_back_vault

        passphrase = _passphrase(passphrase_file, confirm=False) if asks_for_passphrase(file) else ""
        done = bring_back_vault(settings, file, key=key, passphrase=passphrase, erasures=erasures, ledger=ledger)
        console.print(
            f"✓ 已恢复 restored · 密钥 keys {done.keys} · 已销毁不恢复 destroyed {done.destroyed} · "
            f"删除清单 erasures {done.lines}", markup=False
        )  # fmt: skip


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    from web.commands.vault_copies import read_passphrase

    if file is not None:
        return read_passphrase(file)
    return str(typer.prompt("口令 passphrase", hide_input=True, confirmation_prompt=confirm))
