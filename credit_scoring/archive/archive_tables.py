"""The tables of the archives (档案库表): columns only; the database lets nobody change or delete a row."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.naming import NAMING
from tracker.store.types import EventId, UtcTime

SQLModel.metadata.naming_convention = NAMING  # the same names whichever tables are imported first


class ArchiveRecordRow(SQLModel, table=True):
    """One record as it was taken (see credit_scoring.archive.record). What it replaces stays, and is replaced once."""

    __tablename__ = "archive_record"
    __table_args__ = (
        sa.UniqueConstraint("digest"),
        sa.UniqueConstraint("replaces"),
        sa.Index("ix_archive_record_holder_code_holder_kind", "holder_code", "holder_kind"),
        sa.Index("ix_archive_record_kind_document_date", "kind", "document_date"),
        sa.Index("ix_archive_record_kind_key", "kind", "key"),
    )
    record_id: UUID = Field(primary_key=True, sa_type=EventId)
    digest: bytes
    holder_kind: str
    holder_code: str
    kind: str
    info_class: str
    code: str | None = None
    key: str | None = None
    division: str | None = None
    document_date: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    details: dict[str, Any] = Field(sa_type=sa.JSON)
    source: str
    department: str | None = None
    proof_sha256: str | None = Field(default=None, index=True)
    proof_type: str | None = None
    proof_name: str | None = None
    proof_held_by: str | None = None
    entered_by: str
    recorded_at: datetime = Field(sa_type=UtcTime)
    replaces: UUID | None = Field(default=None, sa_type=EventId)
    revokes: bool = False


class DeclaredVolumeRow(SQLModel, table=True):
    """What a carrier declared that it accepted in a month, nationwide (no division) or in one division."""

    __tablename__ = "declared_volume"
    __table_args__ = (sa.Index("ix_declared_volume_carrier_month", "carrier", "month"),)
    volume_id: UUID = Field(primary_key=True, sa_type=EventId)
    carrier: str
    month: str
    division: str | None = None
    parcels: int = Field(sa_type=sa.BigInteger)
    source: str
    entered_by: str
    recorded_at: datetime = Field(sa_type=UtcTime)
