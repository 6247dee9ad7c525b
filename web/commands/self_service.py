"""The self-service commands (自助终端命令): list the devices that check beforehand, sign them for counters."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tracker.store.database import reading
from tracker.store.self_service_store import find_self_service_keys
from tracker.wire.private_file import write_private
from tracker.wire.self_service import SelfServiceDevice, SelfServiceList, sign_self_service
from tracker.wire.signature import VerifyingKey
from tracker.wire.versions import VERSION
from web.commands.installation import receipt_key
from web.commands.running import Misused
from web.commands.services import open_store
from web.settings import Settings


def run_list(settings: Settings, carrier: str | None) -> Iterator[str]:
    """One line a key, with whether it is in force."""
    engine = open_store(settings)
    with reading(engine) as session:
        keys = find_self_service_keys(session, carrier=carrier)
    for each in keys:
        mark = "✓" if each.revoked_at is None else "–"
        until = "" if each.revoked_at is None else f"{each.revoked_at:%Y-%m-%d}"
        yield f"{mark} {each.carrier} {each.station} {each.device} {each.enrolled_at:%Y-%m-%d}..{until} kid {each.kid}"


def run_export(settings: Settings, carrier: str, out: Path, *, now: datetime) -> int:
    """Sign one carrier's devices for its counters; how many are in force, perhaps none any more.

    Raises Misused where the carrier never had one.
    """
    engine = open_store(settings)
    with reading(engine) as session:
        keys = find_self_service_keys(session, carrier=carrier)
    if not keys:
        raise Misused(f"{carrier} 没有自助终端 · this carrier has no self-service device: `jixin enrol --self-service`")
    devices = [
        SelfServiceDevice(each.station, each.device, VerifyingKey.from_bytes(each.public_key).to_jwk())
        for each in keys
        if each.revoked_at is None
    ]
    listed = SelfServiceList(VERSION, carrier, now, devices)
    write_private(out, sign_self_service(listed, receipt_key(settings)).encode())
    return len(devices)
