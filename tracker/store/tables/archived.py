"""What was archived (已归档): the months that left, and what stays known of them."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.types import UtcTime


class ArchivedMonthRow(SQLModel, table=True):
    """A month of events that was archived: what its manifest says, and how far its dropping has come.

    `positions` are its ranges in the log (1-90 94-120). From `closed_at` on nothing more of it is recorded, since
    `dropped_at` the store has no event of it.
    """

    __tablename__ = "archived_month"
    month: str = Field(primary_key=True)
    events: int = Field(sa_type=sa.BigInteger)
    first_position: int = Field(sa_type=sa.BigInteger)
    last_position: int = Field(sa_type=sa.BigInteger)
    positions: str = Field(sa_type=sa.Text)
    manifest_sha256: str
    archived_at: datetime = Field(sa_type=UtcTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    dropped_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ArchivedParcelRow(SQLModel, table=True):
    """How many events of a parcel went with a closed month: its row cannot be built again from what is left."""

    __tablename__ = "archived_parcel"
    waybill_no: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    events: int


class ArchivedSeqRow(SQLModel, table=True):
    """An unbroken range of a device's counter values whose events went with a closed month.

    The four times are those of the scans at its ends, in ms since 1970, when signed and when made; of several with the
    same number the latest at `first`, the earliest at `last`. None where a batch's id tells none.
    """

    __tablename__ = "archived_seq"
    device_no: int = Field(primary_key=True)
    month: str = Field(primary_key=True)
    first: int = Field(primary_key=True, sa_type=sa.BigInteger)
    last: int = Field(sa_type=sa.BigInteger)
    events: int = Field(sa_type=sa.BigInteger)
    first_signed: int | None = Field(default=None, sa_type=sa.BigInteger)
    first_made: int = Field(sa_type=sa.BigInteger)
    last_signed: int | None = Field(default=None, sa_type=sa.BigInteger)
    last_made: int = Field(sa_type=sa.BigInteger)
