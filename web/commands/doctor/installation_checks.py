"""Checks of an installation (安装自检): its secrets are its owner's, its disk has room, its broker lets it in."""

import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import sqlalchemy as sa
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy.exc import ArgumentError

from tracker.wire.brokers import Address, parse_addresses
from tracker.wire.enrolment import BrokerLogin
from tracker.wire.tls import tls_context
from web.commands.installation import broker_login
from web.commands.running import InstallationError
from web.settings import Settings

LEAST_FREE = 1024**3  # bytes
LEAST_SHARE = 0.05
ANSWERS_WITHIN = 5.0  # seconds


def check_modes(settings: Settings) -> str:
    """Whether only the owner can read keys, tokens and users. Raises InstallationError."""
    if not settings.data_dir.is_dir():
        raise InstallationError(
            f"没有数据目录 · there is no data dir {settings.data_dir}: run `jixin migrate`, or see JIXIN_DATA_DIR"
        )
    looked = list(_secrets(settings))
    open_ones = [path for path in looked if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_ones:
        named = " ".join(str(path) for path in open_ones[:5])
        raise InstallationError(
            f"他人可读，请收紧权限 · others than the owner can read {len(open_ones)} of them: chmod go= {named}"
        )
    return f"{len(looked)} folders and secrets, for their owner only"


def _secrets(settings: Settings) -> Iterator[Path]:
    yield settings.data_dir
    if settings.gateway_file.exists():
        yield settings.gateway_file
    for folder in (settings.data_dir / "keys", settings.broker_folder):
        if folder.is_dir():
            yield folder
            yield from (path for path in folder.iterdir() if path.is_file() and path.suffix != ".lock")


def check_disk(settings: Settings) -> str:
    """Whether there is room where the data dir is. Raises InstallationError."""
    there = next(
        path for path in (settings.data_dir.absolute(), *settings.data_dir.absolute().parents) if path.exists()
    )
    usage = shutil.disk_usage(there)
    said = f"{usage.free / 1024**3:.1f} GiB free of {usage.total / 1024**3:.1f}"
    if usage.free < LEAST_FREE or usage.free < usage.total * LEAST_SHARE:
        raise InstallationError(
            f"磁盘将满 · {said}: free some, at least 1 GiB and 5 %; a full disk stops the recording"
        )
    return said


def check_database_file(settings: Settings) -> None:
    """Whether an embedded database was made; to look must not make one. Raises InstallationError."""
    try:
        url = sa.make_url(settings.store_url)
    except ArgumentError:
        return  # said by whoever opens it
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise InstallationError(
            "还没有数据库 · there is no database yet: run `jixin migrate`, or see JIXIN_DATABASE_URL"
        )


def check_broker(settings: Settings) -> str:
    """Whether every node of the broker lets the tracker's user in. Raises InstallationError."""
    login = broker_login(settings)
    nodes = parse_addresses(login.url)
    faults = {f"{node.host}:{node.port}": _knock(node, login) for node in nodes}
    said = "; ".join(f"{node} {fault}" for node, fault in faults.items() if fault)
    if said:
        raise InstallationError(f"代理不通 · {said}: start it, or see JIXIN_BROKER_URL, _USERNAME and _PASSWORD")
    return f"{', '.join(faults)} let the tracker's user in"


def _knock(node: Address, login: BrokerLogin) -> str | None:
    """Why a node does not let us in; None where it does. Never under the tracker's client id: that throws it off."""
    answered, refusals = Event(), list[str]()
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"doctor-{secrets.token_hex(8)}", protocol=MQTTv311)
    client.username_pw_set(login.username, login.password)
    if node.tls:
        client.tls_set_context(tls_context(login))

    def on_connect(_client: Client, _data: object, _flags: object, reason: object, _properties: object) -> None:
        if getattr(reason, "is_failure", True):
            refusals.append(f"refuses the tracker's user ({reason})")
        answered.set()

    client.on_connect = on_connect
    try:
        client.connect(node.host, node.port, keepalive=10)
    except OSError as error:
        return f"cannot be reached ({error.strerror or type(error).__name__})"
    client.loop_start()
    in_time = answered.wait(ANSWERS_WITHIN)
    client.disconnect()
    client.loop_stop()
    return refusals[0] if refusals else None if in_time else "does not speak MQTT"
