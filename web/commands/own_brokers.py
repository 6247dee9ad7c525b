"""Brokers of one's own (自有代理): a folder for each in the data dir, ready to run or to be carried to its machine."""

import getpass
from pathlib import Path

import msgspec

from tracker.intake.broker_nodes import NODES_FILE, Node, OwnBrokers
from tracker.intake.broker_users import TRACKER, new_password, tracker_user
from tracker.wire.brokers import parse_addresses
from tracker.wire.private_file import write_private
from web.commands.certifying import (
    REVOKED,
    brokers_authority,
    certify_broker,
    certify_tracker,
    devices_authority,
    revoke_certificates,
)
from web.commands.installation import make_data_dir
from web.commands.rights import changing_rights
from web.settings import Settings


def configure_brokers(settings: Settings, brokers: OwnBrokers) -> list[Path]:
    """Write each node's folder, with new certificates for nodes and tracker; the folders. Rights and revocations stay.

    The tracker that runs keeps its last certificate. Raises InstallationError.
    """
    make_data_dir(settings)
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
