"""The parcel (邮件快件): one row each."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.types import UtcTime


class ParcelRow(SQLModel, table=True):
    """One parcel as its events tell it (see tracker.chain.parcel.Parcel).

    `life` is all of it as JSON; the other columns are what rankings, dashboards and detection ask for in SQL.
    """

    __tablename__ = "parcel"
    __table_args__ = (sa.Index("ix_parcel_accepted_at_carrier", "accepted_at", "carrier"),)
    waybill_no: str = Field(primary_key=True)
    carrier: str
    state: str | None
    origin: str | None
    destination: str | None
    announced_at: datetime | None = Field(sa_type=UtcTime)
    pickup_due: datetime | None = Field(sa_type=UtcTime)
    accepted_at: datetime | None = Field(sa_type=UtcTime)
    due_at: datetime | None = Field(sa_type=UtcTime)
    final_at: datetime | None = Field(sa_type=UtcTime)
    first_operator: str | None
    last_operator: str | None
    last_station: str | None
    identity_checked: bool
    inspected: bool
    screened: bool
    stored_without_consent: bool
    damaged: bool
    imported: bool
    on_the_way: bool
    same_city: bool
    gaps: int
    scans_late: int
    full_ms: int | None = Field(sa_type=sa.BigInteger)
    origin_ms: int | None = Field(sa_type=sa.BigInteger)
    transport_ms: int | None = Field(sa_type=sa.BigInteger)
    destination_ms: int | None = Field(sa_type=sa.BigInteger)
    delivery_ms: int | None = Field(sa_type=sa.BigInteger)
    last_position: int = Field(sa_type=sa.BigInteger)
    life: bytes
