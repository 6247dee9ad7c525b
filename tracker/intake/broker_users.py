"""Broker users (代理账号): who may publish and subscribe where, in the embedded broker's own file.

A device publishes its own scans, identities and status, and subscribes to its own receipts and the store's state.
It has no right on `$MQTT…`: with it a device could read every station's scans. Only the tracker has.
"""

import fcntl
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from tracker.intake.broker_nodes import read_own_brokers
from tracker.wire.brokers import BrokerKind
from tracker.wire.private_file import write_private
from tracker.wire.topics import GATEWAY_DEVICE, Post

TRACKER = "tracker"
GATEWAY = "gateway"


class BrokerUser(Struct, frozen=True):
    """A user of the embedded broker; the password is a random token of 256 bits (slow hashes stall reconnects)."""

    username: str
    password: str
    publish: list[str]
    subscribe: list[str]
    certificates: list[str] = []  # serial numbers, hexadecimal, of those in force on brokers with TLS


def new_password() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def device_user(post: Post, password: str, certificates: Sequence[str] = ()) -> BrokerUser:
    """The rights of one device."""
    mine = f"jixin.v1.{post.carrier}.{post.station}.{post.device}"
    return BrokerUser(
        username=post.username,
        password=password,
        publish=[f"{mine}.scans", f"{mine}.identities", f"{mine}.status"],
        subscribe=[f"{mine}.receipts", "jixin.v1.store"],
        certificates=list(certificates),
    )


def gateway_user(password: str, certificates: Sequence[str] = ()) -> BrokerUser:
    """The rights of a gateway: every station's device `replay`, and no other."""
    theirs = f"jixin.v1.*.*.{GATEWAY_DEVICE}"
    return BrokerUser(
        username=GATEWAY,
        password=password,
        publish=[f"{theirs}.scans", f"{theirs}.status"],
        subscribe=[f"{theirs}.receipts", "jixin.v1.store"],
        certificates=list(certificates),
    )


def tracker_user(password: str, certificates: Sequence[str] = ()) -> BrokerUser:
    """The rights of the tracker: all of ours, and the broker's own subjects for its persistent session."""
    return BrokerUser(
        username=TRACKER,
        password=password,
        publish=["jixin.v1.>", "$MQTT.>"],
        subscribe=["jixin.v1", "jixin.v1.>", "$MQTT.>"],
        certificates=list(certificates),
    )


def read_users(folder: Path) -> dict[str, BrokerUser]:
    """The users by name; empty where none was written yet."""
    path = folder / "users.json"
    if not path.exists():
        return {}
    return {user.username: user for user in msgspec.json.decode(path.read_bytes(), type=list[BrokerUser])}


@contextmanager
def changing_users(folder: Path) -> Iterator[dict[str, BrokerUser]]:
    """The users to change in place; written for every broker here when the block ends. One process at a time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "users.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        users = read_users(folder)
        yield users
        write_private(folder / "users.json", msgspec.json.encode(list(users.values())))
        write_private(folder / "users.conf", render_users(users).encode())
        own = read_own_brokers(folder)
        for node in own.folders(folder) if own and own.kind is BrokerKind.NATS else ():
            write_private(node / "users.conf", render_certified_users(users).encode())


def render_users(users: Mapping[str, BrokerUser]) -> str:
    """The users as NATS configuration, one item a line; strings are quoted as JSON, which NATS reads."""
    return _render({user.username: user for user in users.values()})


def render_certified_users(users: Mapping[str, BrokerUser]) -> str:
    """The same for a node that maps certificates: one user a certificate in force, named by its subject."""
    return _render({subject_of(user.username, each): user for user in users.values() for each in user.certificates})


def subject_of(username: str, serial: str) -> str:
    """How NATS names the subject of a certificate that the device authority gave out."""
    return f"CN={username},SERIALNUMBER={serial}"


def _render(named: Mapping[str, BrokerUser]) -> str:
    lines = ["users: ["]
    for name, user in named.items():
        lines += [
            "  {",
            f"    user: {_quote(name)}",
            f"    password: {_quote(user.password)}",
            '    allowed_connection_types: ["MQTT"]',
            "    permissions: {",
            f"      publish: {{ allow: {_quote(user.publish)} }}",
            f"      subscribe: {{ allow: {_quote(user.subscribe)} }}",
            "    }",
            "  }",
        ]
    return "\n".join([*lines, "]", ""])


def _quote(value: str | list[str]) -> str:
    return msgspec.json.encode(value).decode()
