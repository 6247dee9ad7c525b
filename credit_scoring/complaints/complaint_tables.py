"""The tables of complaints (投诉表): cases and their events are added, never changed; a standing is made from them."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.naming import NAMING
from tracker.store.types import UtcTime

SQLModel.metadata.naming_convention = NAMING  # the same names whichever tables are imported first


class ComplaintRow(SQLModel, table=True):
    """One case as it came in (see credit_scoring.complaints.case.Case); the database refuses to change it."""

    __tablename__ = "complaint"
    __table_args__ = (
        sa.UniqueConstraint("channel_asked", "source_ref"),
        sa.Index("ix_complaint_waybill_no", "waybill_no"),
        sa.Index("ix_complaint_received_at", "received_at"),
    )
    case_no: str = Field(primary_key=True)
    waybill_no: str
    carrier: str
    procedure: str
    channel: str
    channel_asked: str
    source_ref: str | None = None
    category: str
    cause: str
    received_at: datetime = Field(sa_type=UtcTime)
    recorded_at: datetime = Field(sa_type=UtcTime)
    division: str | None = None
    origin: str | None = None
    posted_on: date | None = None
    first_owner: str
    entered_by: str
    proof: str


class ComplaintEventRow(SQLModel, table=True):
    """One thing that happened to a case; `data` is JSON of codes. The database refuses to change it."""

    __tablename__ = "complaint_event"
    __table_args__ = (sa.Index("ix_complaint_event_kind_at", "kind", "at"),)
    case_no: str = Field(primary_key=True, foreign_key="complaint.case_no")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str
    at: datetime = Field(sa_type=UtcTime)
    by: str
    account: str
    data: str = Field(sa_type=sa.Text)


class ComplaintStandingRow(SQLModel, table=True):
    """How a case stands, made anew with each event: what lists ask for in SQL. A test holds it to the fold."""

    __tablename__ = "complaint_standing"
    __table_args__ = (
        sa.Index("ix_complaint_standing_carrier_state", "carrier", "state"),
        sa.Index("ix_complaint_standing_due_on", "due_on"),
        sa.Index("ix_complaint_standing_merged_into", "merged_into"),
    )
    case_no: str = Field(primary_key=True, foreign_key="complaint.case_no")
    carrier: str
    division: str | None = None
    procedure: str
    received_at: datetime = Field(sa_type=UtcTime)
    state: str
    owed_by: str | None = None
    due_on: date | None = None
    is_provisional: bool = False
    merged_into: str | None = None
    suspected_of: str | None = None
