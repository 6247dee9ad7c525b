"""Devices (终端): enrolment, revocation, and the brokers that let them in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.wire.brokers import BrokerKind
from web.cli.command_line import MISUSED, console, errors, explained, fail, read_settings, sharing_the_store
from web.cli.options import read_division

if TYPE_CHECKING:
    from tracker.wire.topics import Post


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
            help="网点所在地 where the station stands (GB/T 2260): the origin of what it accepts",
            callback=read_division,
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
    with explained(), sharing_the_store(settings):
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
    with explained(), sharing_the_store(settings):
        from web.commands.enrolling import run_revoke, run_revoke_gateway

        closed = run_revoke_gateway(settings) if gateway else run_revoke(settings, _post(*named))
        if not closed:
            fail("此终端没有有效的密钥 · no key in force for this device")
        console.print(f"✓ {closed} 个密钥已失效 keys closed", markup=False)


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
    with explained(), sharing_the_store(settings):
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
