"""Work (任务): leases and claims of jobs, and what is counted meanwhile."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.types import UtcTime


class LeaseRow(SQLModel, table=True):
    """A job that one process does at a time, and which one: see tracker.store.lease."""

    __tablename__ = "lease"
    job: str = Field(primary_key=True)
    number: int = Field(sa_type=sa.BigInteger)
    holder: str | None = None
    beat: int = Field(default=0, sa_type=sa.BigInteger)


class TallyRow(SQLModel, table=True):
    """How often intake met each outcome, counted in the recording transaction; `/metrics` shows it."""

    __tablename__ = "tally"
    outcome: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    count: int = Field(default=0, sa_type=sa.BigInteger)


class DoorMissRow(SQLModel, table=True):
    """Wrong tries at a parcel's door since a moment; `subject` is a keyed hash of a waybill number or an address."""

    __tablename__ = "door_miss"
    subject: str = Field(primary_key=True)
    misses: int
    since: datetime = Field(sa_type=UtcTime, index=True)


class JobClaimRow(SQLModel, table=True):
    """A job's period, claimed once by whoever runs it (see APScheduler's one owner)."""

    __tablename__ = "job_claim"
    job: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    claimed_at: datetime = Field(sa_type=UtcTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)
