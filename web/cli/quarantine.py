"""Quarantine (隔离区): what was refused, taken out and removed."""

from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import WholeHelp, console, errors, explained, read_settings, sharing_the_store

quarantine = typer.Typer(
    help="隔离区：导出、清除 · what was refused, kept as it came: take it out, remove what was taken out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)


QuarantineCode = Annotated[
    str | None, typer.Option("--code", help="只要这个代码 only rows of one code, as docs/codes.md lists them")
]


@quarantine.command("export")
def export_quarantine(
    out: Annotated[Path, typer.Option(help="写到 FILE.jsonl where to write, one row a line, mode 0600")],
    before: Annotated[int | None, typer.Option(min=1, help="只要此编号之前的 only rows with ids below this")] = None,
    code: QuarantineCode = None,
) -> None:
    """导出：从最旧的起，原样字节 · write quarantined rows to a file, the oldest first, with their exact bytes."""
    settings = read_settings()
    with explained():
        from web.commands.quarantining import check_code, run_export

        check_code(code)
        done = run_export(settings, out, before=before, code=code, console=errors)
        console.print(f"✓ {done.rows:,} 行 rows · {out}", markup=False)
        if done.through is not None:
            again = f" --code {code}" if code else ""
            console.print(f"  清除 to remove them: jixin quarantine drop --through {done.through}{again}", markup=False)


@quarantine.command("drop")
def drop_quarantine(
    through: Annotated[int, typer.Option(min=1, help="到此编号为止 up to this id, as the export printed it")],
    code: QuarantineCode = None,
) -> None:
    """清除：已导出的 · remove what was exported; how many of each code stays counted."""
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.quarantining import check_code, run_drop

        check_code(code)
        console.print(f"✓ {run_drop(settings, through=through, code=code):,} 行已清除 rows removed", markup=False)
