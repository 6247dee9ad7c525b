"""The file of self-service devices (自助终端名单文件) at a counter, believed only with the tracker's signature."""

from collections.abc import Mapping
from pathlib import Path

from scanners.identity.preverification import HeldDevices, hold_devices
from tracker.wire.self_service import read_self_service
from tracker.wire.signature import VerifyingKey

FILE_NAME = "self-service.jws"  # in the data dir


def load_self_service(path: Path, keys: Mapping[str, VerifyingKey]) -> HeldDevices | None:
    """The list in a file that one of these keys (by kid) signed; None without a file. Raises NotAJws, OSError."""
    if not path.exists():
        return None
    return hold_devices(read_self_service(path.read_bytes().strip(), keys))
