"""The event log (记录): how far it has come, its batches, events and receipts."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.ledger.rolling import GENESIS
from tracker.store.naming import BIG_KEY
from tracker.store.types import EventId, UtcTime


class LogHeadRow(SQLModel, table=True):
    """One row: which store, which life, how far the log has come. Every recording transaction locks it first.

    `fence` is the number of the tracker's lease: what another number wants to record is refused.
    `rolling` covers every event up to the position (tracker.ledger.rolling).
    `marks` goes up whenever sealed records are found missing, or one that was comes after all: parcels then say
    something else, and no event came.
    """

    __tablename__ = "log_head"
    id: int = Field(default=1, primary_key=True)
    store: str
    epoch: int = 1
    position: int = Field(default=0, sa_type=sa.BigInteger)
    batch_no: int = Field(default=0, sa_type=sa.BigInteger)
    receipt_no: int = Field(default=0, sa_type=sa.BigInteger)
    fence: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    rolling: bytes = GENESIS
    marks: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})


class EventRow(SQLModel, table=True):
    """One event as it was signed. `waybill_no` is empty for a bag's own scan; `findings` are intake codes by spaces."""

    __tablename__ = "event"
    __table_args__ = (
        sa.Index("ix_event_position", "position"),
        sa.Index("ix_event_waybill_no", "waybill_no"),
        sa.Index("ix_event_device_no_seq", "device_no", "seq"),
        {"postgresql_partition_by": "RANGE (event_id)"},
    )
    event_id: UUID = Field(primary_key=True, sa_type=EventId)
    waybill_no: str = Field(primary_key=True)
    position: int = Field(sa_type=sa.BigInteger)
    step: str
    event_time: datetime = Field(sa_type=UtcTime)
    device_no: int
    seq: int = Field(sa_type=sa.BigInteger)
    batch_no: int = Field(sa_type=sa.BigInteger)
    batch_index: int = Field(sa_type=sa.SmallInteger)
    record_time: datetime = Field(sa_type=UtcTime)
    findings: str = ""
    body: bytes


class BatchRow(SQLModel, table=True):
    """A batch that recorded something: its signed head, and which receipt answered it."""

    __tablename__ = "batch"
    batch_no: int = Field(primary_key=True, sa_type=BIG_KEY)
    batch_id: UUID = Field(sa_type=EventId)
    device_no: int
    payload_sha256: str
    receipt_no: int = Field(sa_type=sa.BigInteger)
    head: str = Field(sa_type=sa.Text)


class ReceiptRow(SQLModel, table=True):
    """One commit's signed answer to one device."""

    __tablename__ = "receipt"
    receipt_no: int = Field(primary_key=True, sa_type=BIG_KEY)
    record_time: datetime = Field(sa_type=UtcTime)
    jws: str = Field(sa_type=sa.Text)
