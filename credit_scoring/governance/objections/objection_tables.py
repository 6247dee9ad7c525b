"""The tables of objections (异议表): columns only. Objections, steps and exclusions are never changed or deleted.

Only `objection_file` forgets: what was attached is kept sealed for its term, its hash in the objection for good.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.naming import BIG_KEY, NAMING
from tracker.store.types import UtcTime

SQLModel.metadata.naming_convention = NAMING  # the same names whichever tables are imported first


class ObjectionRow(SQLModel, table=True):
    """One objection as it was filed; `parcels` are waybill numbers by spaces."""

    __tablename__ = "objection"
    __table_args__ = (
        sa.Index("ix_objection_carrier_objection_no", "carrier", "objection_no"),
        sa.Index("ix_objection_kind_key", "kind", "key"),
    )
    objection_no: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    carrier: str
    kind: str
    key: str
    year: int
    division: str | None = None
    ground: str
    parcels: str = Field(default="", sa_type=sa.Text)
    evidence_sha256: str
    evidence_type: str
    filed_by: str
    filed_at: datetime = Field(sa_type=UtcTime)


class ObjectionStepRow(SQLModel, table=True):
    """One step of an objection, numbered from 1."""

    __tablename__ = "objection_step"
    objection_no: int = Field(primary_key=True, sa_type=BIG_KEY, foreign_key="objection.objection_no")
    number: int = Field(primary_key=True)
    kind: str
    reason: str = ""
    remedy: str | None = None
    by: str
    at: datetime = Field(sa_type=UtcTime)


class ObjectionFileRow(SQLModel, table=True):
    """What was attached, closed with AES-256-GCM; gone when its term is over."""

    __tablename__ = "objection_file"
    objection_no: int = Field(primary_key=True, sa_type=BIG_KEY, sa_column_kwargs={"autoincrement": False})
    box: bytes
    kept_at: datetime = Field(sa_type=UtcTime)


class ExclusionRow(SQLModel, table=True):
    """A parcel, record, finding or review of a carrier that is no evidence any more, by which objection."""

    __tablename__ = "exclusion"
    __table_args__ = (sa.Index("ix_exclusion_kind_key", "kind", "key"),)
    exclusion_no: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    carrier: str
    kind: str
    key: str
    objection_no: int = Field(sa_type=BIG_KEY, foreign_key="objection.objection_no")
    reason: str
    recorded_at: datetime = Field(sa_type=UtcTime)
