"""The program (命令行): one command a stage of the parcel's way. Each imports its code only when it runs."""

import os
from collections.abc import Callable
from typing import Annotated

import structlog
import typer

from web.cli import bench, devices, doctor, judging, receipt_keys, services, stations, store, traffic
from web.cli.access import accounts, audit
from web.cli.agreements import agreements
from web.cli.command_line import FAILED, WholeHelp, console, set_up_logs
from web.cli.complaints import complaints
from web.cli.operators import operators
from web.cli.quarantine import quarantine
from web.cli.reports import report
from web.cli.schemes import schemes
from web.cli.self_service import self_service
from web.cli.subjects import subjects
from web.cli.vault import vault
from web.logs import log_what_nobody_caught

app = typer.Typer(
    name="jixin",
    cls=WholeHelp,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its tables cut words off at 80 columns
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


# In the order in which `jixin --help` tells them.
COMMANDS: dict[str, Callable[..., None]] = {
    "demo": services.demo,
    "up": services.up,
    "tracker": services.tracker,
    "web": services.web,
    "scheduler": services.scheduler,
    "enrol": devices.enrol,
    "revoke": devices.revoke,
    "broker-config": devices.broker_config,
    "station": stations.station,
    "remote-check": stations.remote_check,
    "label": stations.label,
    "replay": traffic.replay,
    "simulate": traffic.simulate,
    "assess": judging.assess,
    "report": report,
    "verify": judging.verify,
    "migrate": store.migrate,
    "backup": store.backup,
    "archive": store.archive,
    "restore": store.restore,
    "keys": receipt_keys.keys,
    "rotate-keys": receipt_keys.rotate_keys,
    "bench": bench.bench,
    "doctor": doctor.doctor,
}
GROUPS = {
    "quarantine": quarantine,
    "accounts": accounts,
    "audit": audit,
    "agreements": agreements,
    "self-service": self_service,
    "subjects": subjects,
    "complaints": complaints,
    "vault": vault,
    "operators": operators,
    "schemes": schemes,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


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
