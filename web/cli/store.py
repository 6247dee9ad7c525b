"""The store (库): schema, backup, archive, restore."""

from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import MISUSED, console, errors, explained, fail, read_settings, sharing_the_store


def migrate(
    restored: Annotated[
        bool,
        typer.Option(
            "--restored",
            help="用数据库自带工具恢复之后：开始新的代次 a new epoch, after a restore with the database's own tools",
        ),
    ] = False,
) -> None:
    """迁移库表 · bring the database to this version's schema."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.installation import make_data_dir
        from web.commands.restoring import run_begin_epoch
        from web.commands.services import open_store

        make_data_dir(settings)
        engine = open_store(settings, migrate=True)
        console.print("✓ 库结构为最新 schema is up to date")
        if restored:
            head = run_begin_epoch(engine)
            console.print(f"✓ epoch {head.epoch}: 终端将重发 devices send their last 7 days again")


def backup(
    out: Annotated[
        Path, typer.Option(help="备份目录 a folder; one artefact with the data, one with the keys go into it")
    ],
) -> None:
    """备份：数据与密钥各一份，写完即读回核对 · data and keys apart, read back, while everything runs."""
    settings = read_settings()
    with explained():
        from web.commands.backing_up import run_backup

        made = run_backup(settings, out, console=errors)
        console.print(f"✓ 数据 data {made.data} · {made.store.position:,} 条 events, epoch {made.store.epoch}")
        console.print(f"✓ 密钥 keys {made.keys}")
        console.print(
            "  密钥与数据请分开存放 · keep the keys apart from the data: who has both can speak for this store"
        )


def archive(
    out: Annotated[Path, typer.Option(help="归档目录 a folder; each month gets one of its own in it")],
    month: Annotated[
        list[str] | None, typer.Option(help="月份（UTC） a month that has ended, YYYY-MM; may be repeated")
    ] = None,
    before: Annotated[str | None, typer.Option(help="此月之前的各月 every month before this one, YYYY-MM")] = None,
    drop: Annotated[
        bool,
        typer.Option("--drop", help="核对无误后从库中清除 drop it from the store, once the archive was verified"),
    ] = False,
) -> None:
    """归档：按月写成 Parquet，读回核对，可再清除 · months as Parquet, read back; then, where asked, dropped."""
    settings = read_settings()
    if not month and before is None:
        fail("give --month, --before, or both", MISUSED)
    with explained(), sharing_the_store(settings):
        from tracker.store.months import Month
        from web.commands.archiving import run_archive

        try:
            months, until = [Month.parse(each) for each in month or ()], Month.parse(before) if before else None
        except ValueError as error:
            fail(error, MISUSED)
        run_archive(
            settings,
            months,
            out,
            before=until,
            drop=drop,
            console=errors,
            say=lambda line: console.print(line, markup=False),
        )


def restore(
    data: Annotated[Path | None, typer.Option(help="数据备份 an artefact data-… of `jixin backup`")] = None,
    keys: Annotated[Path | None, typer.Option(help="密钥备份 an artefact keys-… of `jixin backup`")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="替换现有的库或密钥 replace a store that is not empty, or other keys")
    ] = False,
    erasures: Annotated[
        Path | None, typer.Option(help="删除清单 the vault's erasures.jsonl; without it, the one in the vault's folder")
    ] = None,
) -> None:
    """恢复：先核对再替换，随后开始新的代次 · check, put back, begin a new epoch: stations then fill what is missing."""
    settings = read_settings()
    if data is None and keys is None:
        fail("请给出 --data 或 --keys · give --data, --keys, or both", MISUSED)
    with explained():
        from web.commands.restoring import next_steps, run_restore

        restored = run_restore(settings, data, keys, overwrite=overwrite, console=errors, erasures=erasures)
        for line in next_steps(restored):
            console.print(line, markup=False)
