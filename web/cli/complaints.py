"""The commands of complaints (投诉命令): each imports its code only when it runs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import FAILED, WholeHelp, console, errors, explained, read_settings, sharing_the_store

complaints = typer.Typer(
    help="投诉申诉：导入、催办 · complaints and appeals: take a line's list in, remind who owes an answer.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)


@complaints.command("import")
def import_complaints(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="投诉清单 CSV, one complaint a row")],
    encoding: Annotated[str | None, typer.Option(help="文件编码 the file's encoding, UTF-8 if not named")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON for machines")] = False,
) -> None:
    """导入：逐行登记，错行报行号 · take every row that can be taken, name the others by line; again changes nothing."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.complaining import run_import
        from web.commands.progress import showing_steps

        with showing_steps(errors) as begin:
            taken = run_import(settings, file, encoding, now=datetime.now(UTC), advance=begin("投诉 complaints"))
        if as_json:
            typer.echo(json.dumps(taken.as_json()))
        else:
            for line in taken.faults:
                errors.print(f"第 {line.line} 行 line {line.line}: {line.code} · {line.reason}", markup=False)
            console.print(
                f"✓ {taken.filed:,} 登记 filed · {taken.known:,} 已有 known · {taken.merged:,} 并案 merged"
                f" · {taken.suspected:,} 待复核 to review · {len(taken.faults):,} 未受理 refused",
                markup=False,
            )
        if taken.faults:
            raise typer.Exit(FAILED)


@complaints.command("remind")
def remind() -> None:
    """催办：到期前提醒，逾期告知双方 · remind who owes an answer, tell both sides what is overdue; as the job does."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.complaining import run_remind

        done = run_remind(settings, now=datetime.now(UTC))
        console.print(f"✓ {done.reminded:,} 催办 reminded · {done.overdue:,} 逾期 overdue", markup=False)
