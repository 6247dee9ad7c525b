"""The program (命令行): one command a stage of the parcel's way. Each imports its code only when it runs."""

import os
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from scanners.label.media import Density, Form, Paper
from tracker.wire.brokers import BrokerKind
from tracker.wire.steps import Step
from tracker.wire.topics import is_code
from web.access_commands import accounts, audit
from web.agreement_commands import agreements
from web.command_line import (
    FAILED,
    MISUSED,
    WholeHelp,
    console,
    errors,
    fail,
    read_settings,
    set_up_logs,
)
from web.command_line import explained as _explained
from web.command_line import sharing_the_store as _sharing_store
from web.complaint_commands import complaints
from web.logs import log_what_nobody_caught
from web.operator_commands import operators
from web.report_commands import report
from web.scheme_commands import schemes
from web.self_service_commands import self_service
from web.subject_commands import subjects
from web.vault_commands import vault

if TYPE_CHECKING:
    from tracker.wire.topics import Post

app = typer.Typer(
    name="jixin",
    cls=WholeHelp,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its tables cut words off at 80 columns
    context_settings={"help_option_names": ["-h", "--help"]},
)
quarantine = typer.Typer(
    help="隔离区：导出、清除 · what was refused, kept as it came: take it out, remove what was taken out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=WholeHelp,
)
app.add_typer(quarantine, name="quarantine")
app.add_typer(accounts, name="accounts")
app.add_typer(audit, name="audit")
app.add_typer(agreements, name="agreements")
app.add_typer(self_service, name="self-service")
app.add_typer(subjects, name="subjects")
app.add_typer(complaints, name="complaints")
app.add_typer(vault, name="vault")
app.add_typer(operators, name="operators")
app.add_typer(schemes, name="schemes")
app.command()(report)


def _show_version(wanted: bool) -> None:
    if wanted:
        from web.version import find_version

        console.print(f"jixin {find_version()}")
        raise typer.Exit


@app.callback()
def program(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="版本 show the version")
    ] = False,
) -> None:
    """迹信 Jixin: 寄递实名收寄、全程追溯与信用评价 · parcel traces, provenance and postal credit."""


def _code(text: str | None) -> str | None:
    """An option that is a code. Raises BadParameter, which ends the program with exit 2."""
    if text is not None and not is_code(text):
        raise typer.BadParameter("1 to 64 letters, digits, - and _")
    return text


def _day(text: str | None) -> str | None:
    """An option that is a local day."""
    try:
        if text is not None and date.fromisoformat(text).isoformat() != text:
            raise ValueError
    except ValueError:
        raise typer.BadParameter("a day is written YYYY-MM-DD") from None
    return text


def _division(text: str | None) -> str | None:
    """An option that is a division of China."""
    from tracker.wire.divisions import division_of

    if text is not None and division_of(text) is None:
        raise typer.BadParameter("not a division code of GB/T 2260")
    return text


Parcels = Annotated[int, typer.Option("--parcels", min=0, help="件量 how many parcels the fleet carries")]
Seed = Annotated[int, typer.Option("--seed", help="随机种子 the same seed gives the same fleet")]
Months = Annotated[
    int,
    typer.Option(
        min=0, max=60, help="过去几个月的历史，较少的件 past months with fewer parcels, up to the last 30 days"
    ),
]


class CardReaderKind(StrEnum):
    """Which card reader stands at a counter."""

    NONE = "none"
    SIMULATED = "simulated"


class Store(StrEnum):
    """Which stores the bench measures."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    BOTH = "both"


@app.command()
def demo(parcels: Parcels = 3000, seed: Seed = 1, months: Months = 12) -> None:
    """演示：真实揽收与模拟车队走完全程 · the whole way in one command: real pick-ups, a simulated fleet, web pages."""
    settings = read_settings()
    with _explained():
        from web.commands.demo import run_demo

        run_demo(settings, parcels=parcels, seed=seed, months=months, console=console)


@app.command()
def up() -> None:
    """启动：代理、保险库、入库、任务、网页 · all services under one supervisor, without the fleet."""
    settings = read_settings()
    with _explained():
        from web.commands.supervisor import run_up

        run_up(settings, say=console.print)


@app.command()
def tracker() -> None:
    """入库进程 · the tracker alone: takes scans from the broker into the store."""
    settings = read_settings()
    with _explained():
        from web.commands.services import run_tracker

        run_tracker(settings)


@app.command()
def web() -> None:
    """网页进程 · the web server alone."""
    settings = read_settings()
    with _explained():
        from web.commands.services import run_web

        run_web(settings)


@app.command()
def scheduler() -> None:
    """任务进程 · the scheduler alone: assesses carriers every hour."""
    settings = read_settings()
    with _explained():
        from web.commands.services import run_scheduler

        run_scheduler(settings)


@app.command()
def enrol(
    out: Annotated[Path, typer.Option(help="凭据文件 where to write the enrolment file (mode 0600)")],
    carrier: Annotated[str | None, typer.Option(help="企业代码 carrier code")] = None,
    station: Annotated[str | None, typer.Option(help="网点代码 station code")] = None,
    device: Annotated[str | None, typer.Option(help="终端代码 device code")] = None,
    gateway: Annotated[bool, typer.Option("--gateway", help="回放网关 a replay gateway instead of a device")] = False,
    self_service_device: Annotated[
        bool,
        typer.Option(
            "--self-service",
            help="自助终端：可事先查验寄件人 a device that checks senders beforehand, with `jixin remote-check`",
        ),
    ] = False,
    division: Annotated[
        str | None,
        typer.Option(
            help="网点所在地 where the station stands (GB/T 2260): the origin of what it accepts", callback=_division
        ),
    ] = None,
) -> None:
    """终端入网：密钥、证书、代理账号、登记 · give a device key, certificate, broker user, place in the registry."""
    settings = read_settings()
    named = _named(carrier, station, device, gateway=gateway)
    if gateway and self_service_device:
        fail("--gateway 与 --self-service 不能同用 · exclude each other: give one", MISUSED)
    if gateway and division:
        fail("--gateway 与 --division 不能同用 · a gateway stands nowhere: leave --division out", MISUSED)
    with _explained(), _sharing_store(settings):
        from web.commands.enrolling import run_enrol

        post = None if gateway else _post(*named)
        enrolment = run_enrol(settings, post, out, self_service=self_service_device, division=division)
        console.print(f"✓ {enrolment.broker.username} · kid {enrolment.kid} · {out}", markup=False)
        if post and enrolment.division is None:
            errors.print(
                "! 网点所在地未知，所收寄的件不计入任何省市：加 --division 重新入网"
                " · what this station accepts counts in no province: enrol again with --division",
                markup=False,
            )


@app.command()
def revoke(
    carrier: Annotated[str | None, typer.Option(help="企业代码 carrier code")] = None,
    station: Annotated[str | None, typer.Option(help="网点代码 station code")] = None,
    device: Annotated[str | None, typer.Option(help="终端代码 device code")] = None,
    gateway: Annotated[
        bool, typer.Option("--gateway", help="注销回放网关，换新密钥 the replay gateway instead")
    ] = False,
) -> None:
    """注销终端：密钥、证书与代理账号立即失效 · close a device's keys, certificates and broker user at once."""
    settings = read_settings()
    named = _named(carrier, station, device, gateway=gateway)
    with _explained(), _sharing_store(settings):
        from web.commands.enrolling import run_revoke, run_revoke_gateway

        closed = run_revoke_gateway(settings) if gateway else run_revoke(settings, _post(*named))
        if not closed:
            fail("此终端没有有效的密钥 · no key in force for this device")
        console.print(f"✓ {closed} 个密钥已失效 keys closed", markup=False)


@app.command(name="broker-config")
def broker_config(
    kind: Annotated[BrokerKind, typer.Option(help="代理种类 which broker")],
    node: Annotated[
        list[str],
        typer.Option(
            help="节点 HOST[:PORT[:SECOND_PORT]], once a node; the second port is NATS' for its cluster (6222), "
            "Mosquitto's for the tracker (8884)"
        ),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="更换节点 other nodes than before: give those up and remove their folders")
    ] = False,
) -> None:
    """自有代理：配置、证书、权限 · write the folder of each of your own brokers: TLS, certificates, rights."""
    settings = read_settings()
    with _explained(), _sharing_store(settings):
        from tracker.intake.broker_nodes import Node, OwnBrokers
        from web.commands.own_brokers import configure_brokers, settings_for

        try:
            brokers = OwnBrokers.choose(kind, [Node.parse(text, kind) for text in node])
        except ValueError as error:
            fail(error, MISUSED)
        for folder in configure_brokers(settings, brokers, replace=replace):
            console.print(f"✓ {folder}", markup=False)
        for name, value in settings_for(brokers).items():
            console.print(f"  export {name}={value}", markup=False)
        if replace:
            console.print("  旧地址失效的终端请重新入网 · enrol devices again whose file names addresses that are gone")


@app.command()
def station(
    enrolment: Annotated[Path, typer.Option(help="凭据文件 the device's enrolment file")],
    step: Annotated[Step | None, typer.Option(help="环节 what each scan means; 收寄 accepted is the counter's")] = None,
    operator: Annotated[str | None, typer.Option(help="快递员代码 operator code", callback=_code)] = None,
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
        with _explained():
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
    with _explained():
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


@app.command(name="remote-check")
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
    with _explained():
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


@app.command()
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
    with _explained():
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


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="回放文件 UTF-8 CSV, one event a row")],
    encoding: Annotated[str, typer.Option(help="文件编码 for example gb18030")] = "utf-8",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print one JSON object")] = False,
    enrolment: Annotated[Path | None, typer.Option(help="网关凭据 a gateway's enrolment file")] = None,
    stalled_after: Annotated[float, typer.Option(help="无回执多少秒后放弃 seconds without any receipt")] = 300.0,
) -> None:
    """回放：历史记录走完全程 · send a file of events the whole way: outbox, MQTT, receipt."""
    settings = read_settings()
    with _explained():
        from web.commands.replaying import render_json, run_replay, say_report

        report = run_replay(
            settings, file, encoding=encoding, enrolment_file=enrolment, console=errors, stalled_after=stalled_after
        )
        if as_json:
            console.print(render_json(report), markup=False)
        else:
            say_report(report, console)


@app.command()
def simulate(
    parcels: Parcels = 3000,
    seed: Seed = 1,
    truth: Annotated[
        Path | None, typer.Option(help="真值文件 where to write what really happened; outside the data dir")
    ] = None,
    months: Months = 0,
) -> None:
    """模拟车队：从下单到签收 · run a simulated fleet of invented carriers against the running tracker."""
    settings = read_settings()
    with _explained(), _sharing_store(settings):
        from web.commands.simulating import run_simulation

        run_simulation(settings, parcels=parcels, seed=seed, truth_file=truth, console=console, months=months)


@app.command()
def assess(
    from_: Annotated[
        str | None, typer.Option("--from", help="起始日 first local day, YYYY-MM-DD", callback=_day)
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="截止日（不含） day after the last", callback=_day)] = None,
    division: Annotated[
        str | None, typer.Option(help="行政区划代码 division code of the origin", callback=_division)
    ] = None,
    every_province: Annotated[
        bool,
        typer.Option("--every-province", help="分省考核 one run for each province that has parcels enough, saved each"),
    ] = False,
    scheme: Annotated[str | None, typer.Option(help="评定方案 scheme version")] = None,
    export: Annotated[Path | None, typer.Option(help="导出 write the saved run as JSON")] = None,
    parcels: Annotated[
        Path | None, typer.Option(help="导出明细 write the parcels that it rests on as Parquet, into a new folder")
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(help="从归档计数 count the parcels of the archive in this folder; with --keys"),
    ] = None,
    keys: Annotated[Path | None, typer.Option(help="公钥 the keys that you trust, to check the archive")] = None,
) -> None:
    """考核：计分、排名、存档 · score and rank the carriers of a window and save the run."""
    if every_province and (division, scheme, export, parcels, archive) != (None,) * 5:
        fail("--every-province 只与 --from、--to 同用 · goes with --from and --to alone", MISUSED)
    settings = read_settings()
    with _explained(), _sharing_store(settings):
        if every_province:
            from web.commands.assessing_provinces import run_assess_provinces

            return run_assess_provinces(settings, from_=from_, to=to, console=console)
        from web.commands.assessing import run_assess
        from web.commands.progress import showing_steps

        with showing_steps(errors) as begin:
            run_assess(
                settings,
                from_=from_,
                to=to,
                division=division,
                scheme=scheme,
                export=export,
                parcels=parcels,
                archive=archive,
                keys=keys,
                console=console,
                begin=begin,
            )


@app.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(
            help="存证、考核、报告或归档目录 a proof (…/proof), an exported run, a report, an archive's folder"
        ),
    ],
    keys: Annotated[
        Path | None,
        typer.Option(help="公钥 a key set from `jixin keys`, or an enrolment file, that you trust; for all but a run"),
    ] = None,
) -> None:
    """核验：离线检查存证、考核、报告或归档 · check a proof, run, report or archive offline, trusting nobody."""
    with _explained():
        from web.commands.progress import showing_steps
        from web.commands.verifying import run_verify

        with showing_steps(errors) as begin:
            progress = begin("核验 verifying")
            holds = run_verify(file, keys, say=lambda line: console.print(line, markup=False), progress=progress)
        if not holds:
            raise typer.Exit(FAILED)


@app.command()
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
    with _explained(), _sharing_store(settings):
        from web.commands.installation import make_data_dir
        from web.commands.restoring import run_begin_epoch
        from web.commands.services import open_store

        make_data_dir(settings)
        engine = open_store(settings, migrate=True)
        console.print("✓ 库结构为最新 schema is up to date")
        if restored:
            head = run_begin_epoch(engine)
            console.print(f"✓ epoch {head.epoch}: 终端将重发 devices send their last 7 days again")


@app.command()
def backup(
    out: Annotated[
        Path, typer.Option(help="备份目录 a folder; one artefact with the data, one with the keys go into it")
    ],
) -> None:
    """备份：数据与密钥各一份，写完即读回核对 · data and keys apart, read back, while everything runs."""
    settings = read_settings()
    with _explained():
        from web.commands.backing_up import run_backup

        made = run_backup(settings, out, console=errors)
        console.print(f"✓ 数据 data {made.data} · {made.store.position:,} 条 events, epoch {made.store.epoch}")
        console.print(f"✓ 密钥 keys {made.keys}")
        console.print(
            "  密钥与数据请分开存放 · keep the keys apart from the data: who has both can speak for this store"
        )


@app.command()
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
    with _explained(), _sharing_store(settings):
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


@app.command()
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
    with _explained():
        from web.commands.restoring import next_steps, run_restore

        restored = run_restore(settings, data, keys, overwrite=overwrite, console=errors, erasures=erasures)
        for line in next_steps(restored):
            console.print(line, markup=False)


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
    with _explained():
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
    with _explained(), _sharing_store(settings):
        from web.commands.quarantining import check_code, run_drop

        check_code(code)
        console.print(f"✓ {run_drop(settings, through=through, code=code):,} 行已清除 rows removed", markup=False)


@app.command()
def keys() -> None:
    """公开回执公钥：供任何人核验存证 · print the public keys of receipts as a JWK Set: what `verify --keys` needs."""
    settings = read_settings()
    with _explained():
        from web.commands.rotating import export_keys

        typer.echo(export_keys(settings), nl=False)


@app.command(name="rotate-keys")
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
    with _explained(), _sharing_store(settings):
        from web.commands.rotating import run_replace_lost_key, run_rotate_keys

        for line in run_replace_lost_key(settings) if lost else run_rotate_keys(settings, switch=switch, at_once=now):
            console.print(line, markup=False)


@app.command()
def bench(
    *,
    json_file: Annotated[Path | None, typer.Option("--json", help="写出 JSON write the report as JSON")] = None,
    events: Annotated[int, typer.Option(min=1_000, help="每轮事件数 events a round")] = 20_000,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, help="轮数 rounds of each case (3); with --faults at least so many in all (100)"),
    ] = None,
    store: Annotated[Store, typer.Option(help="库 which store")] = Store.BOTH,
    without: Annotated[list[str] | None, typer.Option(help="略去某项 leave a case out; repeatable")] = None,
    fuzz: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="改做模糊测试 instead, so many bad payloads"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="随机种子 of --fuzz, --gate (1) and --faults (any): the same seed does the same again"),
    ] = None,
    growth: Annotated[
        str | None, typer.Option(help="增长：百万条数 instead: cost as the store grows, millions of events, as 1,5,20")
    ] = None,
    stations: Annotated[
        int | None, typer.Option(min=1, help="网点数 instead: so many connected stations at a city's peak and at most")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="每种速率的分钟数 of --stations, at each rate")] = 10.0,
    gate: Annotated[bool, typer.Option("--gate", help="收寄闸口 instead: acceptances at a counter, 5 % bad")] = False,
    acceptances: Annotated[int, typer.Option(min=100, help="收寄件数 of --gate")] = 10_000,
    year: Annotated[
        float | None,
        typer.Option(min=0.01, help="年度考核：百万件 instead: a year of so many million parcels assessed"),
    ] = None,
    faults: Annotated[bool, typer.Option("--faults", help="故障试验 instead: break things at load, and count")] = False,
    fault: Annotated[list[str] | None, typer.Option(help="只试此故障 of --faults: only this one; repeatable")] = None,
    short: Annotated[bool, typer.Option("--short", help="缩短 of --faults: seconds where it takes minutes")] = False,
    report: Annotated[Path | None, typer.Option(help="写出 Markdown write the report as Markdown")] = None,
) -> None:
    """测速：与上限和同类同场比较 · measure the whole walk beside ceilings and peers, in one run."""
    read_settings()
    with _explained():
        from web.commands.bench import run_bench, run_gate_bench, run_growth_bench, run_stations_bench, run_year_bench
        from web.commands.fault_bench import run_fault_bench
        from web.commands.fuzzing import run_fuzzing

        modes = {
            "--faults": faults,
            "--fuzz": fuzz,
            "--gate": gate,
            "--growth": growth,
            "--stations": stations,
            "--year": year,
        }
        chosen = [name for name, wanted in modes.items() if wanted]
        if len(chosen) > 1:
            fail(f"{' 与 '.join(chosen)} 不能同用 · {' and '.join(chosen)} exclude each other: give one", MISUSED)
        stores = ("sqlite", "postgresql") if store is Store.BOTH else (store.value,)
        if (fault or short) and not faults:
            fail("--fault 和 --short 只与 --faults 同用 · --fault and --short go with --faults", MISUSED)
        if faults:
            names, most = fault or [], rounds or 100
            run_fault_bench(rounds=most, seed=seed, short=short, names=names, report=report, console=console)
        elif fuzz is not None:
            run_fuzzing(count=fuzz, seed=1 if seed is None else seed, stores=stores, console=console)
        elif gate:
            run_gate_bench(acceptances, seed=1 if seed is None else seed, report=report, console=console)
        elif year is not None:
            run_year_bench(round(year * 1_000_000), rounds=rounds or 3, report=report, console=console)
        elif growth is not None:
            sizes = _millions(growth)
            run_growth_bench(sizes, report=report, console=console)
        elif stations is not None:
            run_stations_bench(stations, minutes=minutes, stores=stores, report=report, console=console)
        else:
            omitted = frozenset(without or ())
            run_bench(
                json_file=json_file,
                events=events,
                rounds=rounds or 3,
                stores=stores,
                without=omitted,
                report=report,
                console=console,
            )


def _millions(text: str) -> list[int]:
    try:
        sizes = [round(float(part) * 1_000_000) for part in text.split(",")]
    except ValueError:
        fail(
            "--growth 是以逗号分隔的百万条数 · --growth takes millions of events with commas between, such as 1,5,20",
            MISUSED,
        )
    if sizes != sorted(set(sizes)) or sizes[0] < 1_000:
        fail("--growth 须由小到大，自 0.001 起 · --growth takes sizes that grow, from 0.001 on", MISUSED)
    return sizes


@app.command()
def doctor(
    audit: Annotated[
        bool, typer.Option("--audit", help="终端计数审计 compare each device's sequence with the store instead")
    ] = False,
    show_all: Annotated[
        bool, typer.Option("--all", help="审计：列出全部终端 of --audit: devices that lack nothing too")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON for machines")] = False,
    grace: Annotated[
        int,
        typer.Option(min=0, help="审计：多少分钟内的缺号算在途 minutes in which a gap may still be filled"),
    ] = 15,
    privacy: Annotated[
        bool,
        typer.Option(
            "--privacy", help="查漏 look for personal data lying open, in a simulated day of a house of its own"
        ),
    ] = False,
    parcels: Annotated[
        int | None, typer.Option(min=1, help="查漏：一日件量 of --privacy: parcels of the day (100)")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="查漏：随机种子 of --privacy: the same people again (any)")] = None,
    needles: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="查漏：值的清单 of --privacy: look for the values of this file here instead, one a line",
        ),
    ] = None,
) -> None:
    """自检：逐项检查安装；--audit 找缺号；--privacy 查漏 · checks the installation, names the scans that never came, or
    looks for personal data that lies open."""
    settings = read_settings(names_unknown=audit)
    if audit and privacy:
        fail("--audit 与 --privacy 不能同用 · exclude each other: give one", MISUSED)
    if not privacy and (parcels, seed, needles) != (None, None, None):
        fail("--parcels、--seed 和 --needles 只与 --privacy 同用 · they go with --privacy", MISUSED)
    if needles is not None and (parcels, seed) != (None, None):
        fail("--needles 不用 --parcels、--seed · searches what is here: no day is simulated", MISUSED)
    with _explained():
        from web.commands.auditing import run_audit
        from web.commands.doctor import run_doctor

        def say(line: str) -> None:
            console.print(line, markup=False)

        if privacy:
            from web.commands.privacy import run_privacy, run_search

            def note(line: str) -> None:
                errors.print(line, markup=False)

            is_shut = (
                run_privacy(parcels=parcels or 100, seed=seed, as_json=as_json, say=say, note=note)
                if needles is None
                else run_search(settings, needles, as_json=as_json, say=say, note=note)
            )
            raise typer.Exit(0 if is_shut else FAILED)
        well = (
            run_audit(settings, grace_minutes=grace, show_all=show_all, as_json=as_json, say=say)
            if audit
            else run_doctor(settings, as_json=as_json, say=say)
        )
        if not well:
            raise typer.Exit(FAILED)


def _named(*codes: str | None, gateway: bool) -> list[str]:
    """The codes of one device, or none for a gateway; exits with 2 for anything else."""
    named = [code for code in codes if code]
    if len(named) != (0 if gateway else len(codes)):
        fail("请给出企业、网点和终端代码，或 --gateway · give --carrier, --station and --device, or --gateway", MISUSED)
    return named


def _post(carrier: str, station: str, device: str) -> "Post":
    from tracker.wire.topics import Post

    try:
        return Post(carrier, station, device)
    except ValueError as error:
        fail(error, MISUSED)


def main() -> None:
    """Run the program; what it writes is for its owner's eyes only."""
    os.umask(0o077)
    set_up_logs("info", "auto")  # until the settings are read; structlog's own way prints local variables
    log_what_nobody_caught()
    try:
        app(prog_name="jixin")
    except Exception:
        structlog.get_logger().critical("crashed", exc_info=True)
        raise SystemExit(FAILED) from None


if __name__ == "__main__":
    main()
