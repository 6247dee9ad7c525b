"""Products and packings (商品、装箱)."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.types import EventId, UtcTime


class ProductRow(SQLModel, table=True):
    """One product item or lot (商品), by GS1 key; empty lot or serial means that level is not told."""

    __tablename__ = "product"
    gtin: str = Field(primary_key=True)
    lot: str = Field(primary_key=True)
    serial: str = Field(primary_key=True)
    name: str
    maker: str
    maker_uscc: str | None = None
    production_place: str
    produced_on: str
    inspection_result: str
    inspection_report: str | None = None
    recorded_at: datetime = Field(sa_type=UtcTime)


class PackingRow(SQLModel, table=True):
    """A product packed into a parcel at acceptance (装箱)."""

    __tablename__ = "packing"
    __table_args__ = (sa.Index("ix_packing_gtin_lot_serial", "gtin", "lot", "serial"),)
    event_id: UUID = Field(primary_key=True, sa_type=EventId)
    waybill_no: str = Field(primary_key=True)
    item: int = Field(primary_key=True)
    gtin: str
    lot: str
    serial: str
