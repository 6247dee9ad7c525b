"""The quarantine (隔离区) and how much room it takes."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.naming import BIG_KEY
from tracker.store.types import UtcTime


class QuarantineRow(SQLModel, table=True):
    """What was refused or rejected, kept as it came: all of it up to 1 MiB, above that the first 64 KiB.

    `body` is NULL where the bound took it, and sealed to the vault's key `kid` where that is named. Ids are never given
    twice, so that an export may name them.
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        sa.UniqueConstraint("sha256", "code", "holder"),
        sa.Index("ix_quarantine_holder_id", "holder", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    code: str = Field(index=True)
    reason: str
    carrier: str
    station: str
    device: str
    holder: str
    size: int = Field(sa_type=sa.BigInteger)
    sha256: str
    body: bytes | None
    kid: str | None = None
    times_seen: int = 1
    first_seen: datetime = Field(sa_type=UtcTime)
    last_seen: datetime = Field(sa_type=UtcTime)


class QuarantineUseRow(SQLModel, table=True):
    """How much of the quarantine a device holds, the gateways together, and ("") all: rows, and bytes of bodies.

    Rows up to the id `bare_through` have lost their bodies.
    """

    __tablename__ = "quarantine_use"
    holder: str = Field(primary_key=True)
    rows: int = Field(default=0, sa_type=sa.BigInteger, index=True)
    bytes: int = Field(default=0, sa_type=sa.BigInteger, index=True)
    bare_through: int = Field(default=0, sa_type=sa.BigInteger)
