"""Identities (实名): sealed records, what they bear out, what was erased, and what people ask of them."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.store.types import EventId, UtcTime

_NOT_LOOKED_AT = sa.text("state = ''")

_NAMED = sa.text("waybill_no IS NOT NULL")


class IdentityRecordRow(SQLModel, table=True):
    """A sealed identity record, apart from the events; `box` opens for the vault's key `kid` only.

    `masked` is JSON (see tracker.wire.identity_record.Masked), `state` a BoxState, `blind_index` the vault's keyed hash
    of the document number.
    """

    __tablename__ = "identity_record"
    __table_args__ = (
        sa.Index("ix_identity_record_waybill_no", "waybill_no"),
        sa.Index("ix_identity_record_kid", "kid"),
        sa.Index("ix_identity_record_new", "state", sqlite_where=_NOT_LOOKED_AT, postgresql_where=_NOT_LOOKED_AT),
        sa.Index("ix_identity_record_subject_record_time", "subject", "record_time"),
        sa.Index("ix_identity_record_blind_index", "blind_index"),
    )
    record_id: UUID = Field(primary_key=True, sa_type=EventId)
    waybill_no: str = Field(primary_key=True)
    event_id: UUID = Field(sa_type=EventId)
    subject: str
    device_no: int
    seq: int = Field(sa_type=sa.BigInteger)
    kid: str
    commitment: str
    masked: str = Field(sa_type=sa.Text)
    box: bytes
    record_time: datetime = Field(sa_type=UtcTime)
    state: str = ""
    blind_index: bytes | None = None


class BoxCountRow(SQLModel, table=True):
    """How many identity records there are in a state, counted with what changes them: nobody counts them all."""

    __tablename__ = "box_count"
    state: str = Field(primary_key=True)
    records: int = Field(default=0, sa_type=sa.BigInteger)


class VaultWordRow(SQLModel, table=True):
    """One row: the vault's public word (see tracker.wire.vault_keys.VaultWord), which the tracker hands on to devices.

    `key` is a JWK as JSON, `notice` a compact JWS.
    """

    __tablename__ = "vault_word"
    id: int = Field(default=1, primary_key=True)
    key: str = Field(sa_type=sa.Text)
    notice: str = Field(sa_type=sa.Text)


class ErasedRecordRow(SQLModel, table=True):
    """A record that was erased: its id, so that a device that sends it again is told that it is known.

    Beside it what an acceptance may rest on that has not come yet (see tracker.realname.claims.SealedFor): nothing
    where it has come, or where the record is of no register. Not `told` where that is not known, as of a record that a
    restored store never had.
    """

    __tablename__ = "erased_record"
    __table_args__ = (
        sa.Index("ix_erased_record_waybill_no", "waybill_no", sqlite_where=_NAMED, postgresql_where=_NAMED),
    )
    record_id: UUID = Field(primary_key=True, sa_type=EventId)
    erased_at: datetime = Field(sa_type=UtcTime)
    told: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    event_id: UUID | None = Field(default=None, sa_type=EventId)
    waybill_no: str | None = None
    device_no: int | None = None
    commitment: str | None = None
    record_time: datetime | None = Field(default=None, sa_type=UtcTime)


class IdentityClaimRow(SQLModel, table=True):
    """An acceptance that claims a check and whose sealed record has not come; it goes when the record comes.

    From `missing_since` on its event has the finding identity_record_missing, or exemption_unproved where it rests on
    a check beforehand: then `preverified_for` is its carrier. `corrects` is the acceptance in whose place it stands.
    """

    __tablename__ = "identity_claim"
    __table_args__ = (
        sa.Index("ix_identity_claim_commitment", "commitment"),
        sa.Index("ix_identity_claim_missing_since_record_time", "missing_since", "record_time"),
    )
    event_id: UUID = Field(primary_key=True, sa_type=EventId)
    waybill_no: str = Field(primary_key=True)
    device_no: int
    commitment: str
    corrects: UUID | None = Field(default=None, sa_type=EventId)
    record_time: datetime = Field(sa_type=UtcTime)
    missing_since: datetime | None = Field(default=None, sa_type=UtcTime)
    preverified_for: str | None = None
    accepted_at: datetime | None = Field(default=None, sa_type=UtcTime)


class AgreementRow(SQLModel, table=True):
    """A safety agreement that a carrier filed (安全协议): its customer, an organisation, and its days."""

    __tablename__ = "agreement"
    carrier: str = Field(primary_key=True)
    agreement_no: str = Field(primary_key=True)
    customer: str
    uscc: str
    valid_from: date
    valid_until: date
    ended_on: date | None = None
    filed_at: datetime = Field(sa_type=UtcTime)


class ErasuresAppliedRow(SQLModel, table=True):
    """One row: how many lines of the vault's list of erasures this store has applied."""

    __tablename__ = "erasures_applied"
    id: int = Field(default=1, primary_key=True)
    lines: int = Field(sa_type=sa.BigInteger)


class RightsRequestRow(SQLModel, table=True):
    """What a person asked about their own data (see tracker.realname.rights_requests); nothing of the person.

    `waybill_nos` by spaces; `correction_id` is an identity record.
    """

    __tablename__ = "rights_request"
    __table_args__ = (
        sa.Index("ix_rights_request_closed_at", "closed_at"),
        sa.Index("ix_rights_request_waybill_nos", "waybill_nos"),
    )
    request_no: str = Field(primary_key=True)
    kind: str
    requester: str
    channel: str
    waybill_nos: str = Field(sa_type=sa.Text)
    received_at: datetime = Field(sa_type=UtcTime)
    term_days: int
    state: str
    reason: str = ""
    correction_id: UUID | None = Field(default=None, sa_type=EventId)
    erasure_line: int | None = Field(default=None, sa_type=sa.BigInteger)
    closed_at: datetime | None = Field(default=None, sa_type=UtcTime)
