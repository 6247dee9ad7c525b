"""The broker's health (代理健康): a server that met a full disk stores nothing more until it is started again."""

import http.client
import secrets
import shutil
import urllib.error
import urllib.request
from pathlib import Path

import msgspec

from tracker.wire.private_file import write_private

ROOM = 8 * 1024 * 1024  # bytes that must be free before a start makes sense
TIMEOUT = 1.0


class Ports(msgspec.Struct, frozen=True):
    """Where a NATS server says that it listens, in its ports file."""

    monitoring: list[str] = []


def is_stuck(folder: Path, pid: int) -> bool:
    """Whether this server has given up a stream after a write error, while its disk has room again.

    NATS stops writing to such a stream for good, and says so at `/healthz`; a start takes it up where it was.
    """
    return shutil.disk_usage(folder).free >= ROOM and "write error" in ask_health(folder, pid)


def ask_health(folder: Path, pid: int) -> str:
    """What the server answers about itself; empty where it gives no answer."""
    try:
        ports = msgspec.json.decode(ports_file(folder, pid).read_bytes(), type=Ports)
        if not ports.monitoring:
            return ""
        address = f"{ports.monitoring[0]}/{_path_file(folder).read_text()}/healthz"
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:  # noqa: S310 our own
            return str(answer.read(), "utf-8")
    except urllib.error.HTTPError as error:
        with error:
            return str(error.read(), "utf-8")
    except (OSError, http.client.HTTPException, msgspec.MsgspecError):
        return ""


def new_health_path(folder: Path) -> str:
    """A secret path below which the next server answers about itself, to whoever may read the broker's folder."""
    path = secrets.token_urlsafe(24)
    write_private(_path_file(folder), path.encode())
    return path


def _path_file(folder: Path) -> Path:
    return folder / "health-path"


def ports_file(folder: Path, pid: int) -> Path:
    """Where the server of this process writes on which ports it listens."""
    return folder / f"nats-server_{pid}.ports"
