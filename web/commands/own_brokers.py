"""Brokers of one's own (自有代理): a folder for each in the data dir, ready to run or to be carried to its machine."""

import getpass
import shutil
from pathlib import Path

import msgspec

from tracker.intake.broker_nodes import NODES_FILE, Node, OwnBrokers, read_own_brokers
from tracker.intake.broker_users import TRACKER, new_password, tracker_user
from tracker.wire.brokers import parse_addresses
from tracker.wire.private_file import write_private
from web.commands.certifying import (
    REVOKED,
    brokers_authority,
    certify_broker,
    certify_tracker,
    devices_authority,
    key_folder,
    revoke_certificates,
)
from web.commands.installation import make_data_dir
from web.commands.rights import PROGRAMS, changing_rights, pid_in
from web.commands.running import InstallationError, Misused
from web.settings import Settings


def configure_brokers(settings: Settings, brokers: OwnBrokers, *, replace: bool = False) -> list[Path]:
    """Write each node's folder, with new certificates for nodes and tracker; the folders. Rights and revocations stay.

    The tracker that runs keeps its last certificate. Other nodes than before are taken only to `replace` those, whose
    folders then go. Raises Misused, InstallationError.
    """
    make_data_dir(settings)
    _leave_others(settings, brokers, replace=replace)
    folders = brokers.folders(settings.broker_folder)
    for folder, node in zip(folders, brokers.nodes, strict=True):
        _write_node(settings, folder, node, brokers.render(node, folder.name, user=getpass.getuser()))
    write_private(settings.broker_folder / NODES_FILE, msgspec.json.encode(brokers))
    certified = certify_tracker(settings, TRACKER)
    with changing_rights(settings) as users:
        known = users.get(TRACKER)
        users[TRACKER] = tracker_user(
            known.password if known else new_password(),
            [*(known.certificates[-1:] if known else ()), certified.serial],
        )
    return folders


def _leave_others(settings: Settings, brokers: OwnBrokers, *, replace: bool) -> None:
    """Remove what was written for nodes that are none any more."""
    known = read_own_brokers(settings.broker_folder)
    if known is None or known == brokers:
        return
    if not replace:
        raise Misused(
            f"已配置其他节点 other nodes are configured: {_told(known)} · 续期请给相同的节点，更换请加 --replace"
            " · give the same ones in the same order to renew them, or add --replace to give these up"
        )
    stale = [folder for folder in known.folders(settings.broker_folder)
             if folder not in brokers.folders(settings.broker_folder)]  # fmt: skip
    if running := [str(folder) for folder in stale if pid_in(folder, PROGRAMS[known.kind]) is not None]:
        raise InstallationError(f"代理还在运行 a broker runs in {', '.join(running)}: 请先停止 stop it first")
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
        (key_folder(settings) / f"{folder.name}.crt").unlink(missing_ok=True)


def _told(brokers: OwnBrokers) -> str:
    nodes = " ".join(f"--node {node.host}:{node.port}:{node.second_port}" for node in brokers.nodes)
    return f"--kind {brokers.kind} {nodes}"


def settings_for(brokers: OwnBrokers) -> dict[str, str]:
    """The settings that enrolling and the tracker need to use these brokers."""
    urls = {"JIXIN_BROKER_URL": ",".join(f"mqtts://{node.host}:{node.port}" for node in brokers.nodes)}
    if brokers.has_trackers_listener:
        urls["JIXIN_BROKER_TRACKER_URL"] = f"mqtts://{brokers.nodes[0].host}:{brokers.nodes[0].second_port}"
    return urls


def _write_node(settings: Settings, folder: Path, node: Node, files: dict[str, str]) -> None:
    brokers, devices = brokers_authority(settings).certificate_pem, devices_authority(settings).certificate_pem
    urls = [url for url in (settings.broker_url, settings.broker_tracker_url) if url]
    server = certify_broker(
        settings, folder.name, [node.host, *(each.host for url in urls for each in parse_addresses(url))]
    )
    certificates = {
        "server.crt": server.certificate,
        "server.key": server.key,
        "brokers-ca.crt": brokers,
        "devices-ca.crt": devices,
        "clients-ca.crt": brokers + devices,
        REVOKED: revoke_certificates(settings).decode(),
    }
    for name, text in (files | certificates).items():
        write_private(folder / name, text.encode())
