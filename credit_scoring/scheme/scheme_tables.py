"""The tables of schemes (方案表): columns only. A draft's versions, signatures and what was adopted stay as they are:
the database refuses to change or delete them.
"""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.naming import NAMING
from tracker.store.types import EventId, UtcTime

SQLModel.metadata.naming_convention = NAMING  # the same names whichever tables are imported first

_KEY, _OF_DRAFT = ("draft_id", "revision"), ("scheme_draft.draft_id", "scheme_draft.revision")


class SchemeDraftRow(SQLModel, table=True):
    """One revision of a draft, from 1 on: its TOML text, as it was saved."""

    __tablename__ = "scheme_draft"
    draft_id: UUID = Field(primary_key=True, sa_type=EventId)
    revision: int = Field(primary_key=True, sa_type=sa.Integer)
    version: str
    level: str
    division: str | None = None
    file: bytes
    author: str
    saved_at: datetime = Field(sa_type=UtcTime)


class SchemeSignatureRow(SQLModel, table=True):
    """A member's yes to one revision's exact bytes."""

    __tablename__ = "scheme_signature"
    __table_args__ = (sa.ForeignKeyConstraint(_KEY, _OF_DRAFT, name="fk_scheme_signature_draft_id"),)
    draft_id: UUID = Field(primary_key=True, sa_type=EventId)
    revision: int = Field(primary_key=True, sa_type=sa.Integer)
    signer: str = Field(primary_key=True)
    sha256: str
    signed_at: datetime = Field(sa_type=UtcTime)


class SchemeAdoptedRow(SQLModel, table=True):
    """A scheme in force by its committee's signatures: the bytes that they signed."""

    __tablename__ = "scheme_adopted"
    __table_args__ = (
        sa.ForeignKeyConstraint(_KEY, _OF_DRAFT, name="fk_scheme_adopted_draft_id"),
        sa.UniqueConstraint("draft_id"),
    )
    version: str = Field(primary_key=True)
    level: str
    division: str | None = None
    valid_from: date
    valid_until: date
    file: bytes
    sha256: str
    draft_id: UUID = Field(sa_type=EventId)
    revision: int = Field(sa_type=sa.Integer)
    adopted_at: datetime = Field(sa_type=UtcTime)
