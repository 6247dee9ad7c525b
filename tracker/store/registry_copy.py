"""A copy of the registry (登记册副本): carriers, stations, devices and their keys, to be kept apart from the events.

Merging adds what is missing and closes what was revoked; it opens nothing and changes no name that is told already.
"""

from datetime import datetime

from msgspec import Struct
from sqlmodel import Session, select

from tracker.store.registry import (
    Carrier,
    Station,
    carriers,
    save_carrier,
    save_device_key,
    save_silence_threshold,
    save_station,
)
from tracker.store.tables.registry import CarrierRow, DeviceKeyRow, DeviceRow, StationRow


class KeyCopy(Struct, frozen=True):
    """A device's public key, and whose it is; a gateway's stands under `*`, `*`, `replay`."""

    kid: str
    carrier: str
    station: str
    device: str
    public_key: bytes
    enrolled_at: datetime
    revoked_at: datetime | None
    certificate_ends: datetime | None = None
    self_service: bool = False


class StationCopy(Struct, frozen=True):
    """A station, and its own threshold of silence where it has one."""

    carrier: str
    code: str
    name: str | None
    division: str | None
    verified: bool
    silent_after_hours: int | None = None


class RegistryCopy(Struct, frozen=True):
    """The registry at one moment."""

    carriers: list[Carrier]
    stations: list[StationCopy]
    keys: list[KeyCopy]


def collect_registry(session: Session) -> RegistryCopy:
    """All of it that people made: devices that a gateway spoke for come back with their events."""
    keys = session.exec(select(DeviceKeyRow, DeviceRow).join(DeviceRow).order_by(DeviceKeyRow.kid))
    stations = session.exec(select(StationRow).order_by(StationRow.carrier, StationRow.code))
    return RegistryCopy(
        carriers=[carrier for _, carrier in sorted(carriers(session).items())],
        stations=[
            StationCopy(row.carrier, row.code, row.name, row.division, row.verified, row.silent_after_hours)
            for row in stations
        ],
        keys=[
            KeyCopy(
                key.kid,
                device.carrier,
                device.station,
                device.device,
                key.public_key,
                key.enrolled_at,
                key.revoked_at,
                key.certificate_ends,
                key.self_service,
            )
            for key, device in keys
        ],
    )


def merge_registry(session: Session, copy: RegistryCopy) -> int:
    """Add what the store does not know, revoke what the copy says is revoked; how many keys that changed."""
    for carrier in copy.carriers:
        if session.get(CarrierRow, carrier.code) is None:
            save_carrier(session, carrier)
    for station in copy.stations:
        if session.get(StationRow, (station.carrier, station.code)) is None:
            save_station(
                session, Station(station.carrier, station.code, station.name, station.division, station.verified)
            )
            save_silence_threshold(session, station.carrier, station.code, hours=station.silent_after_hours)
    session.flush()
    return sum(_merge_key(session, key) for key in copy.keys)


def _merge_key(session: Session, key: KeyCopy) -> bool:
    known = session.get(DeviceKeyRow, key.kid)
    if known is None:
        save_device_key(
            session,
            carrier=key.carrier,
            station=key.station,
            device=key.device,
            kid=key.kid,
            public_key=key.public_key,
            enrolled_at=key.enrolled_at,
            certificate_ends=key.certificate_ends,
            self_service=key.self_service,
        )
        session.flush()
    row = known or session.get_one(DeviceKeyRow, key.kid)
    revoked = key.revoked_at is not None and row.revoked_at is None
    if revoked:
        row.revoked_at = key.revoked_at
    return known is None or revoked
