"""The commands of archives (信用档案命令): each imports its code only when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from web.cli.command_line import WholeHelp, console, explained, fail, read_settings, sharing_the_store

subjects = typer.Typer(
    help="信用档案：录入、查看、代码表 · archives of enterprises and practitioners: enter, show, code lists.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)


@subjects.command("import")
def import_records(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv|.json", help="记录清单 UTF-8, one record a row or object")],
) -> None:
    """录入：逐行受理 · enter records, line by line; the same file twice changes nothing."""
    _take(file, "import")


@subjects.command("volumes")
def import_volumes(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv|.json", help="业务量 carrier, month, division, parcels")],
) -> None:
    """业务量：逐行受理 · enter carriers' monthly volumes, line by line; a new figure corrects the one before."""
    _take(file, "volumes")


def _take(file: Path, what: str) -> None:
    settings = read_settings()
    with explained(), sharing_the_store(settings):
        from web.commands.progress import showing_steps
        from web.commands.subject_records import take_record_row, take_rows, take_volume_row

        take = take_record_row if what == "import" else take_volume_row
        with showing_steps(console) as begin:
            taken = take_rows(settings, file, take, advance=begin(file.name))
        for line in taken.refused:
            console.print(f"✗ {line}", markup=False)
        console.print(
            f"{'✗' if taken.refused else '✓'} 入档 recorded {taken.recorded:,} · 已有 known {taken.known:,}"
            f" · 不予受理 refused {len(taken.refused):,} · {file}",
            markup=False,
        )
        if taken.refused:
            fail("改正后重新导入，已入档的不会重复 · mend those lines and import again: what is recorded stays once")


@subjects.command("list")
def list_holders(
    text: Annotated[str, typer.Argument(help="名称或代码的一部分 part of a name or code")] = "",
) -> None:
    """查找：有档案的主体 · holders with an archive."""
    settings = read_settings()
    with explained():
        from web.commands.subject_records import find_lines

        lines = find_lines(settings, text)
        for line in lines:
            console.print(line, markup=False)
        if not lines:
            console.print("没有档案 · no archive: `jixin subjects import FILE.csv`", markup=False)


@subjects.command("show")
def show_archive(
    kind: Annotated[str, typer.Argument(help="主体 enterprise, practitioner, platform, merchant, station")],
    code: Annotated[str, typer.Argument(help="代码 USCC, or CARRIER/CODE")],
) -> None:
    """查看：一份档案 · one archive as JSON: what holds, what it replaced, what was revoked."""
    settings = read_settings()
    with explained():
        from web.commands.subject_records import read_archive_json

        console.print(read_archive_json(settings, kind, code), markup=False)


@subjects.command("proof")
def find_proof(
    file: Annotated[Path, typer.Argument(help="文书文件 a document")],
) -> None:
    """核对：哪些记录以此文书为证 · which records rest on this very document, by its SHA-256."""
    settings = read_settings()
    with explained():
        from web.commands.subject_records import find_resting

        digest, lines = find_resting(settings, file)
        console.print(f"SHA-256 {digest}", markup=False)
        for line in lines:
            console.print(line, markup=False)
        if not lines:
            fail("没有记录以此文书为证 · no record rests on this document, or the file was changed")


@subjects.command("codes")
def show_codes() -> None:
    """代码表 · the catalogue of records and the closed code lists of this version, as JSON."""
    with explained():
        from web.commands.subject_records import write_codes

        console.print(write_codes(), markup=False)
