"""The tables of voices (评价表): columns only. What was said is never changed or deleted: the database refuses it.

Only `voice_origin` and `staff_device` forget: keyed hashes of addresses, kept for the rules' 90 days.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.naming import BIG_KEY, NAMING
from tracker.store.types import UtcTime

SQLModel.metadata.naming_convention = NAMING  # the same names whichever tables are imported first


class VoiceRow(SQLModel, table=True):
    """One rater's word about one carrier.

    `thread` holds a word and what follows it together, `turn` numbers them from 0: a recipient's parcel, a merchant's
    month, a regulator's inspection. `since` and `until` (exclusive) are the local days that a merchant or a regulator
    speaks about; a review belongs to its parcel's day. `answers` is JSON, `parcels` are the waybill numbers that a
    merchant named, by spaces; `author` is a platform's code or a login.
    """

    __tablename__ = "voice"
    __table_args__ = (
        sa.UniqueConstraint("thread", "turn"),
        sa.Index("ix_voice_carrier_voice_no", "carrier", "voice_no"),
        sa.Index("ix_voice_waybill_no", "waybill_no"),
        sa.Index("ix_voice_recorded_at", "recorded_at"),
    )
    voice_no: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    rater: str
    thread: str
    turn: int
    carrier: str
    station: str | None = None
    waybill_no: str | None = None
    division: str | None = None
    since: date | None = None
    until: date | None = None
    overall: int
    quality: int | None = None
    reputation: int | None = None
    after_sales: int | None = None
    tags: str = ""
    checklist: str | None = None
    answers: str = Field(default="", sa_type=sa.Text)
    parcels: str = Field(default="", sa_type=sa.Text)
    author: str = ""
    code_hash: bytes | None = Field(default=None, unique=True)
    recorded_at: datetime = Field(sa_type=UtcTime)


class VoiceWeightRow(SQLModel, table=True):
    """What a voice weighs since a moment, in hundredths, by which doubts (codes by spaces) and which rules."""

    __tablename__ = "voice_weight"
    voice_no: int = Field(primary_key=True, sa_type=BIG_KEY, foreign_key="voice.voice_no")
    turn: int = Field(primary_key=True)
    hundredths: int
    doubts: str = ""
    rules: str
    weighed_at: datetime = Field(sa_type=UtcTime)


class VoiceNoteRow(SQLModel, table=True):
    """A carrier's reply or a regulator's note to a voice, by its code in the catalogue."""

    __tablename__ = "voice_note"
    note_no: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    voice_no: int = Field(sa_type=BIG_KEY, foreign_key="voice.voice_no", index=True)
    role: str
    author: str
    code: str
    recorded_at: datetime = Field(sa_type=UtcTime)


class VoiceOriginRow(SQLModel, table=True):
    """Where a review came from, for a while: keyed hashes of browser and address, and what was marked at once."""

    __tablename__ = "voice_origin"
    voice_no: int = Field(primary_key=True, sa_type=BIG_KEY, sa_column_kwargs={"autoincrement": False})
    device: bytes
    address: bytes
    marks: str = ""
    recorded_at: datetime = Field(sa_type=UtcTime, index=True)


class StaffDeviceRow(SQLModel, table=True):
    """A browser, as a keyed hash, on which a carrier's staff has logged in, and when last."""

    __tablename__ = "staff_device"
    device: bytes = Field(primary_key=True)
    carrier: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_type=UtcTime, index=True)
