"""Broker users (代理账号): who may publish and subscribe where, in the embedded broker's own file.

A device publishes its own scans, identities and status, and subscribes to its own receipts and the store's state.
It has no right on `$MQTT…`: with it a device could read every station's scans. Only the tracker has.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from tracker.wire.topics import GATEWAY_DEVICE, Post

TRACKER = "tracker"
GATEWAY = "gateway"


class BrokerUser(Struct, frozen=True):
    """A user of the embedded broker; the password is a random token of 256 bits (slow hashes stall reconnects)."""

    username: str
    password: str
    publish: list[str]
    subscribe: list[str]


def new_password() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def device_user(post: Post, password: str) -> BrokerUser:
    """The rights of one device."""
    mine = f"jixin.v1.{post.carrier}.{post.station}.{post.device}"
    return BrokerUser(
        username=post.username,
        password=password,
        publish=[f"{mine}.scans", f"{mine}.identities", f"{mine}.status"],
        subscribe=[f"{mine}.receipts", "jixin.v1.store"],
    )


def gateway_user(password: str) -> BrokerUser:
    """The rights of a gateway: every station's device `replay`, and no other."""
    theirs = f"jixin.v1.*.*.{GATEWAY_DEVICE}"
    return BrokerUser(
        username=GATEWAY,
        password=password,
        publish=[f"{theirs}.scans", f"{theirs}.status"],
        subscribe=[f"{theirs}.receipts", "jixin.v1.store"],
    )


def tracker_user(password: str) -> BrokerUser:
    """The rights of the tracker: all of ours, and the broker's own subjects for its persistent session."""
    return BrokerUser(
        username=TRACKER,
        password=password,
        publish=["jixin.v1.>", "$MQTT.>"],
        subscribe=["jixin.v1", "jixin.v1.>", "$MQTT.>"],
    )


def read_users(folder: Path) -> dict[str, BrokerUser]:
    """The users by name; empty where none was written yet."""
    path = folder / "users.json"
    if not path.exists():
        return {}
    return {user.username: user for user in msgspec.json.decode(path.read_bytes(), type=list[BrokerUser])}


@contextmanager
def changing_users(folder: Path) -> Iterator[dict[str, BrokerUser]]:
    """The users to change in place; written for the broker when the block ends. One process at a time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "users.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        users = read_users(folder)
        yield users
        _write_private(folder / "users.json", msgspec.json.encode(list(users.values())))
        _write_private(folder / "users.conf", render_users(users).encode())


def render_users(users: Mapping[str, BrokerUser]) -> str:
    """The users as NATS configuration, one item a line; strings are quoted as JSON, which NATS reads."""
    lines = ["users: ["]
    for user in users.values():
        lines += [
            "  {",
            f"    user: {_quote(user.username)}",
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


def _write_private(path: Path, content: bytes) -> None:
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
