"""Self-service keys in the store (自助终端登记): which devices check senders beforehand, and from when to when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.tables import DeviceKeyRow, DeviceRow


@dataclass(frozen=True, slots=True)
class SelfServiceKey:
    """One key of a self-service device of a carrier, in force from `enrolled_at` until `revoked_at`."""

    carrier: str
    station: str
    device: str
    device_no: int
    kid: str
    public_key: bytes
    enrolled_at: datetime
    revoked_at: datetime | None

    def was_in_force(self, at: datetime) -> bool:
        """Whether the tracker took what it signed at this moment, by our clock."""
        return self.enrolled_at <= at and (self.revoked_at is None or at < self.revoked_at)


def find_self_service_keys(
    session: Session, *, carrier: str | None = None, device_nos: Collection[int] | None = None
) -> list[SelfServiceKey]:
    """All of them, revoked ones too, or one carrier's, or those of some devices; in order of place and time."""
    asked = select(DeviceKeyRow, DeviceRow).join(DeviceRow).where(col(DeviceKeyRow.self_service))
    if carrier is not None:
        asked = asked.where(DeviceRow.carrier == carrier)
    if device_nos is not None:
        asked = asked.where(col(DeviceKeyRow.device_no).in_(list(device_nos)))
    by = (DeviceRow.carrier, DeviceRow.station, DeviceRow.device, DeviceKeyRow.enrolled_at)
    return [
        SelfServiceKey(
            device.carrier, device.station, device.device, key.device_no, key.kid, key.public_key, key.enrolled_at,
            key.revoked_at,
        )
        for key, device in session.exec(asked.order_by(*map(col, by)))
    ]  # fmt: skip
