"""Self-service keys in the store (自助终端登记): which devices check senders beforehand, and from when to when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.realname.self_service import SelfServiceTerm
from tracker.store.tables.registry import DeviceKeyRow, DeviceRow


@dataclass(frozen=True, slots=True)
class SelfServiceKey:
    """One key of a self-service device of a carrier."""

    carrier: str
    station: str
    device: str
    kid: str
    public_key: bytes
    enrolled_at: datetime
    revoked_at: datetime | None


def find_self_service_keys(session: Session, carrier: str | None = None) -> list[SelfServiceKey]:
    """All of them, revoked ones too, or one carrier's; in order of place and time."""
    asked = select(DeviceKeyRow, DeviceRow).join(DeviceRow).where(col(DeviceKeyRow.self_service))
    if carrier is not None:
        asked = asked.where(DeviceRow.carrier == carrier)
    by = (DeviceRow.carrier, DeviceRow.station, DeviceRow.device, DeviceKeyRow.enrolled_at)
    return [
        SelfServiceKey(
            device.carrier, device.station, device.device, key.kid, key.public_key, key.enrolled_at, key.revoked_at
        )
        for key, device in session.exec(asked.order_by(*map(col, by)))
    ]


def self_service_terms(session: Session, device_nos: Collection[int]) -> list[SelfServiceTerm]:
    """When each of these devices was one of self-service; one query, none for no devices."""
    if not device_nos:
        return []
    asked = (
        select(DeviceKeyRow, DeviceRow.carrier)
        .join(DeviceRow)
        .where(col(DeviceKeyRow.self_service), col(DeviceKeyRow.device_no).in_(list(device_nos)))
    )
    return [
        SelfServiceTerm(key.device_no, carrier, key.enrolled_at, key.revoked_at) for key, carrier in session.exec(asked)
    ]
