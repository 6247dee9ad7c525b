"""Broker nodes (代理节点): the configuration of brokers of one's own, NATS or Mosquitto, rendered for each machine.

Every path is relative: a node's folder works wherever it lies, with that folder as the working directory.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tracker.intake.broker import ACK_WAIT, MAX_PAYLOAD, UNLIMITED_SESSIONS
from tracker.intake.inbox import MAX_MESSAGES
from tracker.wire.brokers import BrokerKind

NODES_FILE = "nodes.json"
DEVICE_PORT = 8883
SECOND_PORTS = {"nats": 6222, "mosquitto": 8884}
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class Node:
    """One broker: its host, the MQTT port, and the second port: NATS' cluster routes, Mosquitto's for the tracker."""

    host: str
    port: int
    second_port: int

    @staticmethod
    def parse(text: str, kind: BrokerKind) -> "Node":
        """`HOST[:PORT[:SECOND_PORT]]`. Raises ValueError."""
        host, *ports = text.split(":")
        defaults = [str(DEVICE_PORT), str(SECOND_PORTS[kind])]
        numbers = [int(port) if port.isdecimal() else 0 for port in ports + defaults[len(ports) :]]
        if not _HOST.fullmatch(host) or len(numbers) > 2 or not all(0 < number < 65536 for number in numbers):
            raise ValueError(f"not HOST[:PORT[:SECOND_PORT]]: {text}")
        return Node(host, numbers[0], numbers[1])

    @property
    def bound(self) -> str | None:
        """The address to listen on: the node's own where it is given as one; None for all."""
        try:
            return str(ipaddress.ip_address(self.host))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class OwnBrokers:
    """The brokers of an installation: three NATS nodes, say, or one Mosquitto."""

    kind: BrokerKind
    nodes: list[Node]

    def __post_init__(self) -> None:
        if not self.nodes or (self.kind is BrokerKind.MOSQUITTO and len(self.nodes) > 1):
            raise ValueError("NATS has one node or more, Mosquitto exactly one")

    @staticmethod
    def choose(kind: BrokerKind, nodes: list[Node]) -> "OwnBrokers":
        """These brokers where they make a whole that is sound. Raises ValueError, which says what to give."""
        brokers = OwnBrokers(kind, nodes)
        addresses = Counter((node.host.lower(), port) for node in nodes for port in (node.port, node.second_port))
        if twice := [f"{host}:{port}" for (host, port), times in addresses.items() if times > 1]:
            raise ValueError(f"{', '.join(twice)} 重复 · stands twice: each node and each port once")
        if len(nodes) == 2:
            raise ValueError(
                "两个节点不成集群 · two NATS nodes are worse than one: neither goes on without the other."
                " Give --node three times, or once"
            )
        return brokers

    @property
    def has_trackers_listener(self) -> bool:
        """Whether the second port is the tracker's."""
        return self.kind is BrokerKind.MOSQUITTO

    def folders(self, parent: Path) -> list[Path]:
        """Each node's folder, which bears the node's name: `nats-1`, `nats-2` …, `mosquitto-1`."""
        return [parent / f"{self.kind}-{number}" for number, _ in enumerate(self.nodes, start=1)]

    def render(self, node: Node, name: str, *, user: str) -> dict[str, str]:
        """The files of one node's folder that hold no secret, by name."""
        if self.kind is BrokerKind.NATS:
            return {"nats.conf": render_nats(node, name=name, nodes=self.nodes)}
        return {"mosquitto.conf": render_mosquitto(node, user=user), "acl": MOSQUITTO_RIGHTS}


def read_own_brokers(folder: Path) -> OwnBrokers | None:
    """The brokers that `broker-config` wrote below a data dir's broker folder; None where there are none."""
    try:
        return msgspec.json.decode((folder / NODES_FILE).read_bytes(), type=OwnBrokers)
    except FileNotFoundError:
        return None


def render_nats(node: Node, *, name: str, nodes: Sequence[Node]) -> str:
    """A NATS node; with more than one node, a cluster whose sessions and messages lie on up to three of them."""
    address = node.bound or "0.0.0.0"  # noqa: S104 stations come from outside
    copies = min(3, len(nodes))
    return f"""\
# A NATS node with JetStream and its MQTT gateway. Written by `jixin broker-config`; run it in this folder:
#   nats-server -c nats.conf        and after a change of users.conf: kill -HUP $(cat broker.pid)
server_name: {name}
pid_file: "broker.pid"
max_payload: {MAX_PAYLOAD}

# NATS' own client port: nobody of ours speaks it. Loopback, and closed to every certificate of a device.
listen: "127.0.0.1:-1"
tls {{
  cert_file: "server.crt"
  key_file: "server.key"
  ca_file: "brokers-ca.crt"
  verify: true
}}

jetstream {{
  store_dir: "jetstream"
  sync_interval: "1s"
  {UNLIMITED_SESSIONS}
}}

# Devices and the tracker. The certificate says who one is, whatever user name is sent; the password must fit too.
mqtt {{
  listen: "{address}:{node.port}"
  ack_wait: "{ACK_WAIT}"
  max_ack_pending: {MAX_MESSAGES}
  stream_replicas: {copies}
  tls {{
    cert_file: "server.crt"
    key_file: "server.key"
    ca_file: "clients-ca.crt"
    verify_and_map: true
  }}
}}

authorization {{
  include users.conf
}}
""" + (_render_cluster(node, address, nodes) if len(nodes) > 1 else "")


def _render_cluster(node: Node, address: str, nodes: Sequence[Node]) -> str:
    routes = "\n".join(f'    "nats-route://{each.host}:{each.second_port}"' for each in nodes if each != node)
    return f"""
cluster {{
  name: jixin
  listen: "{address}:{node.second_port}"
  routes: [
{routes}
  ]
  tls {{
    cert_file: "server.crt"
    key_file: "server.key"
    ca_file: "brokers-ca.crt"
    verify: true
  }}
}}
"""


def render_mosquitto(node: Node, *, user: str) -> str:
    """A Mosquitto that runs as `user`; its rights are in `acl`, which holds for every device by its name."""
    bound = f" {node.bound}" if node.bound else ""
    return f"""\
# A Mosquitto 2.0. Written by `jixin broker-config`; run it in this folder:
#   mosquitto -c mosquitto.conf     and after a change of devices.crl: kill -HUP $(cat broker.pid)
user {user}
pid_file broker.pid
per_listener_settings false
allow_anonymous false
acl_file acl

persistence true
persistence_location ./
autosave_on_changes true
autosave_interval 1
max_queued_messages 0
max_packet_size {MAX_PAYLOAD}

# Devices. The certificate's common name is the user and the client id: nobody takes another's session.
listener {node.port}{bound}
cafile devices-ca.crt
crlfile devices.crl
certfile server.crt
keyfile server.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true

# The tracker, and nobody else: devices' certificates are of another authority.
listener {node.second_port}{bound}
cafile brokers-ca.crt
certfile server.crt
keyfile server.key
require_certificate true
use_identity_as_username true
"""


MOSQUITTO_RIGHTS = """\
# Who may speak where. %u is the common name of the device's certificate: carrier/station/device.
user tracker
topic read jixin/v1/+/+/+/scans
topic read jixin/v1/+/+/+/identities
topic read jixin/v1/+/+/+/status
topic write jixin/v1/+/+/+/receipts
topic readwrite jixin/v1/store

user gateway
topic write jixin/v1/+/+/replay/scans
topic write jixin/v1/+/+/replay/status
topic read jixin/v1/+/+/replay/receipts

pattern write jixin/v1/%u/scans
pattern write jixin/v1/%u/identities
pattern write jixin/v1/%u/status
pattern read jixin/v1/%u/receipts
pattern read jixin/v1/store
"""
