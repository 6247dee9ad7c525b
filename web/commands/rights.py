"""Rights on the brokers (代理权限): changed in one place, and every broker of this installation knows at once."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tracker.intake.broker import reload_broker
from tracker.intake.broker_nodes import OwnBrokers, read_own_brokers
from tracker.intake.broker_users import TRACKER, BrokerUser, changing_users
from tracker.intake.takeover import take_over
from tracker.wire.brokers import BrokerKind
from tracker.wire.enrolment import BrokerLogin
from tracker.wire.private_file import write_private
from tracker.wire.tls import tls_context
from web.commands.certifying import REVOKED, certify_device, login_with, revoke_certificates
from web.commands.running import InstallationError, running_broker
from web.settings import Settings

RELOAD_TIMEOUT = 60.0
PROGRAMS = {BrokerKind.NATS: "nats-server", BrokerKind.MOSQUITTO: "mosquitto"}


@contextmanager
def changing_rights(settings: Settings) -> Iterator[dict[str, BrokerUser]]:
    """The broker users to change in place; when the block ends, the brokers know, and who is closed is disconnected.

    A certificate that no user has any more is revoked. Raises InstallationError, TakeoverFailed.
    """
    own = read_own_brokers(settings.broker_folder)
    with changing_users(settings.broker_folder) as users:
        before = {name: set(user.certificates) for name, user in users.items() if name != TRACKER}
        yield users
        gone = {name: serials.difference(_certificates(users, name)) for name, serials in before.items()}
        closed = _revoke(settings, own, {name: serials for name, serials in gone.items() if serials}) if own else {}
    if (embedded := running_broker(settings)) is not None:
        reload_broker(embedded.pid)
    if own is not None:
        _reload(settings, own)
        if own.kind is BrokerKind.MOSQUITTO:
            _disconnect(settings, own, closed)


def _certificates(users: dict[str, BrokerUser], name: str) -> list[str]:
    return users[name].certificates if name in users else []


def _revoke(settings: Settings, own: OwnBrokers, gone: dict[str, set[str]]) -> dict[str, BrokerLogin]:
    """Revoke certificates; by user a login of ours whose certificate is revoked with them."""
    probes = {name: certify_device(settings, name) for name in gone}
    if gone:
        revoked = revoke_certificates(settings, set().union(*gone.values(), (each.serial for each in probes.values())))
        for folder in own.folders(settings.broker_folder):
            write_private(folder / REVOKED, revoked)
    return {name: login_with(settings, BrokerLogin("", name, ""), probe) for name, probe in probes.items()}


def _disconnect(settings: Settings, own: OwnBrokers, closed: dict[str, BrokerLogin]) -> None:
    for name, revoked in closed.items():
        good = login_with(settings, BrokerLogin("", name, ""), certify_device(settings, name, days=1))
        for node in own.nodes:
            take_over(node.host, node.port, revoked=tls_context(revoked), good=tls_context(good))


def _reload(settings: Settings, own: OwnBrokers) -> None:
    """Make the brokers on this machine read their files again, and those elsewhere by the owner's own command."""
    written = "what was changed is written; see to that and run this again"
    for folder in own.folders(settings.broker_folder):
        if (pid := pid_in(folder, PROGRAMS[own.kind])) is not None:
            try:
                os.kill(pid, signal.SIGHUP)
            except PermissionError:
                raise InstallationError(
                    f"代理属于其他用户，未能重载 · the broker in {folder} is another user's: not reloaded; {written}"
                ) from None
    if settings.broker_reload is not None:
        result = subprocess.run(  # noqa: S602 the owner's own command line
            settings.broker_reload, shell=True, check=False, capture_output=True, text=True, timeout=RELOAD_TIMEOUT
        )
        if result.returncode != 0:
            why = result.stderr.strip()[-500:] or f"exit {result.returncode}"
            raise InstallationError(f"代理重载命令失败 · JIXIN_BROKER_RELOAD failed: {why}; {written}")


def pid_in(folder: Path, program: str) -> int | None:
    """The process that runs in a node's folder; its pid file may be left from one that has ended."""
    with suppress(OSError, ValueError):
        pid = int((folder / "broker.pid").read_text())
        if Path(f"/proc/{pid}/comm").read_text().strip() == program:
            return pid
    return None
