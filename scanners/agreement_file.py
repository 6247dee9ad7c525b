"""The file of agreements (协议客户名单文件) on a station's disk, believed only with the tracker's signature."""

from collections.abc import Mapping
from pathlib import Path

from scanners.identity.agreements import HeldAgreements, hold_agreements
from tracker.wire.agreements import read_agreements
from tracker.wire.signature import VerifyingKey

FILE_NAME = "agreements.jws"  # in the data dir


def load_agreements(path: Path, keys: Mapping[str, VerifyingKey]) -> HeldAgreements | None:
    """The list in a file that one of these keys (by kid) signed; None without a file. Raises NotAJws, OSError."""
    if not path.exists():
        return None
    return hold_agreements(read_agreements(path.read_bytes().strip(), keys))
