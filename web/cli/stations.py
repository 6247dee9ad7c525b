"""Stations (收寄网点): the scanner and its counter, a sender's check beforehand, labels."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scanners.label.media import Density, Form, Paper
from tracker.wire.steps import Step
from web.cli.command_line import (
    MISUSED,
    console,
    errors,
    explained,
    fail,
    read_settings,
)
from web.cli.options import read_code


class CardReaderKind(StrEnum):
    """Which card reader stands at a counter."""

    NONE = "none"
    SIMULATED = "simulated"


def station(
    enrolment: Annotated[Path, typer.Option(help="凭据文件 the device's enrolment file")],
    step: Annotated[Step | None, typer.Option(help="环节 what each scan means; 收寄 accepted is the counter's")] = None,
    operator: Annotated[str | None, typer.Option(help="快递员代码 operator code", callback=read_code)] = None,
    outbox: Annotated[Path | None, typer.Option(help="待传箱 the outbox file; without it, in the data dir")] = None,
    wait: Annotated[float, typer.Option(help="结束后等回执的秒数 seconds to wait for receipts at the end")] = 60.0,
    counter: Annotated[
        bool, typer.Option("--counter", help="柜台页面 serve the counter's page instead of reading lines")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="柜台页面端口 the page's port")] = 8787,
    host: Annotated[
        str, typer.Option(help="柜台页面地址 where the page is served; another than this machine's own asks for --tls")
    ] = "127.0.0.1",
    tls: Annotated[
        bool, typer.Option("--tls", help="加密 serve the page over HTTPS, with a certificate made once")
    ] = False,
    printer: Annotated[
        str | None, typer.Option(help="面单打印机 HOST[:PORT] of a label printer that takes ZPL")
    ] = None,
    card_reader: Annotated[
        CardReaderKind, typer.Option("--card-reader", help="读卡器 simulated deals cards of people who do not exist")
    ] = CardReaderKind.NONE,
) -> None:
    """收寄终端：逐行读码，落盘才响；--counter 开柜台页面 · a scanner, one number a line; or the counter's page."""
    settings = read_settings()
    if counter:
        if step is not None or operator is not None:
            fail("--counter 不用 --step、--operator · the page asks for the step and signs its operators in", MISUSED)
        with explained():
            from web.commands.counter_screen import Screen, run_counter

            run_counter(
                settings,
                enrolment,
                Screen(host, port, tls, printer, simulated_reader=card_reader is CardReaderKind.SIMULATED),
                outbox_file=outbox,
                say=lambda text: console.print(text, markup=False),
                warn=errors.print,
            )
        return
    with explained():
        from web.commands.scanning import run_scanner

        left = run_scanner(
            settings,
            enrolment,
            step=step,
            operator=operator,
            outbox_file=outbox,
            wait=wait,
            say=console.print,
            warn=errors.print,
        )
        if left:
            fail(f"{left} 条还没有回执，已存盘，下次继续 · kept in the outbox, sent by the next run")


def remote_check(
    waybill_no: Annotated[str, typer.Argument(metavar="WAYBILL_NO", help="运单号 the parcel that is to be posted")],
    enrolment: Annotated[Path, typer.Option(help="自助终端的凭据文件 the self-service device's enrolment file")],
    out: Annotated[Path, typer.Option(help="凭证二维码 the voucher's QR code, as PNG (mode 0600)")],
    card_reader: Annotated[
        CardReaderKind, typer.Option("--card-reader", help="读卡器 simulated deals cards of people who do not exist")
    ] = CardReaderKind.NONE,
    outbox: Annotated[Path | None, typer.Option(help="待传箱 the outbox file; without it, in the data dir")] = None,
    wait: Annotated[float, typer.Option(help="等回执的秒数 seconds to wait for the receipt")] = 5.0,
) -> None:
    """自助交寄前查验寄件人：问证件，封存，出凭证；号码不显示 · check a sender before the parcel is posted: asks for the
    document and seals it, prints the voucher that the counter scans."""
    settings = read_settings()
    with explained():
        from datetime import datetime

        from scanners.counter.card_reader import SimulatedReader
        from tracker.wire.details import LOCAL
        from web.commands.asking_sender import ask_sender
        from web.commands.remote_checking import run_remote_check

        reader = SimulatedReader() if card_reader is CardReaderKind.SIMULATED else None
        issued = run_remote_check(
            settings,
            enrolment,
            waybill_no,
            out,
            outbox_file=outbox,
            told=lambda: ask_sender(reader, today=datetime.now(LOCAL).date()),
            wait=wait,
            say=lambda text: errors.print(text, markup=False),
            warn=lambda text: errors.print(text, markup=False),
        )
        if issued.left:
            errors.print(f"  {issued.left} 条记录待上报，已存盘 · kept here, sent by the next run", markup=False)
        typer.echo(issued.voucher)


def label(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.json", help="面单内容 one order as a JSON object, or an array; - is standard input"
        ),
    ],
    out: Annotated[Path, typer.Option(help="输出目录 a folder; each label becomes WAYBILL_NO.png and .zpl in it")],
    paper: Annotated[Paper, typer.Option(help="面单尺寸 width x height in mm")] = Paper.LARGE,
    dpi: Annotated[Density, typer.Option(help="打印机点密度 dots an inch of the printer")] = Density.LOW,
    form: Annotated[Form, typer.Option(help="格式 picture, printer's commands, or both")] = Form.BOTH,
    enrolment: Annotated[
        Path | None,
        typer.Option(
            help="终端凭据：二维码带令牌 the device's enrolment file: the QR code then opens the step's details"
        ),
    ] = None,
) -> None:
    """打印面单：只印脱敏信息 · labels as PNG and ZPL, with masked names, telephones and addresses only."""
    settings = read_settings()
    with explained():
        from datetime import UTC, datetime

        from scanners.label.media import Media
        from web.commands.labelling import run_label

        written = run_label(
            settings,
            file,
            out,
            media=Media(paper, int(dpi)),
            form=form,
            enrolment_file=enrolment,
            now=datetime.now(UTC),
            stdin=sys.stdin.buffer,
        )
        for waybill_no, opens in written:
            code = "二维码带令牌 with token" if opens else "二维码不带令牌 without token"
            console.print(f"✓ {waybill_no} · {code}", markup=False)
