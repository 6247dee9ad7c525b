"""The registry (登记): carriers, stations, devices, their keys, and the keys of the tracker."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.types import UtcTime


class CarrierRow(SQLModel, table=True):
    """A carrier (快递企业), or a data set shown as one."""

    __tablename__ = "carrier"
    code: str = Field(primary_key=True)
    name_zh: str | None = None
    name_en: str | None = None
    uscc: str | None = Field(default=None, index=True)
    is_dataset: bool = False
    verified: bool = False


class StationRow(SQLModel, table=True):
    """A station (网点): a carrier's place with a code."""

    __tablename__ = "station"
    carrier: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str | None = None
    division: str | None = None
    verified: bool = False
    silent_after_hours: int | None = None


class DeviceRow(SQLModel, table=True):
    """A device (终端), the highest `seq` seen from it, and when it was last recorded from.

    Gateways have the codes `*`, `*`, `replay`. `signed_at` is the latest moment at which it signed, by its own clock;
    `clock_off_ms` by how much that clock was off when it last spoke, None where it was not (tracker.intake.clocks).
    """

    __tablename__ = "device"
    __table_args__ = (sa.UniqueConstraint("carrier", "station", "device"),)
    device_no: int | None = Field(default=None, primary_key=True)
    carrier: str
    station: str
    device: str
    verified: bool = True
    last_seq: int = Field(default=-1, sa_type=sa.BigInteger)
    last_recorded_at: datetime | None = Field(default=None, sa_type=UtcTime)
    signed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    clock_off_ms: int | None = Field(default=None, sa_type=sa.BigInteger)


class DeviceKeyRow(SQLModel, table=True):
    """A device's public key, known by its RFC 7638 thumbprint; `self_service` where it signs vouchers."""

    __tablename__ = "device_key"
    kid: str = Field(primary_key=True)
    device_no: int = Field(foreign_key="device.device_no", index=True)
    public_key: bytes
    enrolled_at: datetime = Field(sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    certificate_ends: datetime | None = Field(default=None, sa_type=UtcTime)
    self_service: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class DeviceStatusRow(SQLModel, table=True):
    """The latest status of a device (终端状态): its own word, unsigned; a hint and no evidence."""

    __tablename__ = "device_status"
    device_no: int = Field(primary_key=True, foreign_key="device.device_no", sa_column_kwargs={"autoincrement": False})
    online: bool
    waiting: int | None = Field(default=None, sa_type=sa.BigInteger)
    oldest_waiting: datetime | None = Field(default=None, sa_type=UtcTime)
    heard_at: datetime | None = Field(default=None, sa_type=UtcTime)


class AnsweredSeqRow(SQLModel, table=True):
    """A counter value that came and left no event of its own: its event was rejected, or known under another number."""

    __tablename__ = "answered_seq"
    device_no: int = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=sa.BigInteger)
    outcome: str


class TrackerKeyRow(SQLModel, table=True):
    """A key with which the tracker signs, will sign or signed; `notices` are compact JWS by spaces."""

    __tablename__ = "tracker_key"
    kid: str = Field(primary_key=True)
    standing: str
    made_at: datetime = Field(sa_type=UtcTime)
    notices: str = Field(default="", sa_type=sa.Text)
