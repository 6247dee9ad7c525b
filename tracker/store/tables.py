"""The tables (表): columns only; a row never leaves the store.

Keys hold `waybill_no` where a shard would need it. Times are aware and UTC.
"""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from tracker.ledger.rolling import GENESIS
from tracker.store.types import EventId, UtcTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows only in INTEGER keys


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


class LeaseRow(SQLModel, table=True):
    """A job that one process does at a time, and which one: see tracker.store.lease."""

    __tablename__ = "lease"
    job: str = Field(primary_key=True)
    number: int = Field(sa_type=sa.BigInteger)
    holder: str | None = None
    beat: int = Field(default=0, sa_type=sa.BigInteger)


class CarrierRow(SQLModel, table=True):
    """A carrier (快递企业), or a data set shown as one."""

    __tablename__ = "carrier"
    code: str = Field(primary_key=True)
    name_zh: str | None = None
    name_en: str | None = None
    uscc: str | None = Field(default=None, index=True)
    is_dataset: bool = False
    verified: bool = False


class StationRow(SQLModel, table=True):
    """A station (网点): a carrier's place with a code."""

    __tablename__ = "station"
    carrier: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str | None = None
    division: str | None = None
    verified: bool = False
    silent_after_hours: int | None = None


class DeviceRow(SQLModel, table=True):
    """A device (终端), the highest `seq` seen from it, and when it was last recorded from.

    Gateways have the codes `*`, `*`, `replay`. `signed_at` is the latest moment at which it signed, by its own clock;
    `clock_off_ms` by how much that clock was off when it last spoke, None where it was not (tracker.intake.clocks).
    """

    __tablename__ = "device"
    __table_args__ = (sa.UniqueConstraint("carrier", "station", "device"),)
    device_no: int | None = Field(default=None, primary_key=True)
    carrier: str
    station: str
    device: str
    verified: bool = True
    last_seq: int = Field(default=-1, sa_type=sa.BigInteger)
    last_recorded_at: datetime | None = Field(default=None, sa_type=UtcTime)
    signed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    clock_off_ms: int | None = Field(default=None, sa_type=sa.BigInteger)


class DeviceKeyRow(SQLModel, table=True):
    """A device's public key, known by its RFC 7638 thumbprint; `self_service` where it signs vouchers."""

    __tablename__ = "device_key"
    kid: str = Field(primary_key=True)
    device_no: int = Field(foreign_key="device.device_no", index=True)
    public_key: bytes
    enrolled_at: datetime = Field(sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    certificate_ends: datetime | None = Field(default=None, sa_type=UtcTime)
    self_service: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class DeviceStatusRow(SQLModel, table=True):
    """The latest status of a device (终端状态): its own word, unsigned; a hint and no evidence."""

    __tablename__ = "device_status"
    device_no: int = Field(primary_key=True, foreign_key="device.device_no", sa_column_kwargs={"autoincrement": False})
    online: bool
    waiting: int | None = Field(default=None, sa_type=sa.BigInteger)
    oldest_waiting: datetime | None = Field(default=None, sa_type=UtcTime)
    heard_at: datetime | None = Field(default=None, sa_type=UtcTime)


class AnsweredSeqRow(SQLModel, table=True):
    """A counter value that came and left no event of its own: its event was rejected, or known under another number."""

    __tablename__ = "answered_seq"
    device_no: int = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=sa.BigInteger)
    outcome: str


class TrackerKeyRow(SQLModel, table=True):
    """A key with which the tracker signs, will sign or signed; `notices` are compact JWS by spaces."""

    __tablename__ = "tracker_key"
    kid: str = Field(primary_key=True)
    standing: str
    made_at: datetime = Field(sa_type=UtcTime)
    notices: str = Field(default="", sa_type=sa.Text)


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


class ArchivedMonthRow(SQLModel, table=True):
    """A month of events that was archived: what its manifest says, and how far its dropping has come.

    `positions` are its ranges in the log (1-90 94-120). From `closed_at` on nothing more of it is recorded, since
    `dropped_at` the store has no event of it.
    """

    __tablename__ = "archived_month"
    month: str = Field(primary_key=True)
    events: int = Field(sa_type=sa.BigInteger)
    first_position: int = Field(sa_type=sa.BigInteger)
    last_position: int = Field(sa_type=sa.BigInteger)
    positions: str = Field(sa_type=sa.Text)
    manifest_sha256: str
    archived_at: datetime = Field(sa_type=UtcTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    dropped_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ArchivedParcelRow(SQLModel, table=True):
    """How many events of a parcel went with a closed month: its row cannot be built again from what is left."""

    __tablename__ = "archived_parcel"
    waybill_no: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    events: int


class ArchivedSeqRow(SQLModel, table=True):
    """An unbroken range of a device's counter values whose events went with a closed month.

    The four times are those of the scans at its ends, in ms since 1970, when signed and when made; of several with the
    same number the latest at `first`, the earliest at `last`. None where a batch's id tells none.
    """

    __tablename__ = "archived_seq"
    device_no: int = Field(primary_key=True)
    month: str = Field(primary_key=True)
    first: int = Field(primary_key=True, sa_type=sa.BigInteger)
    last: int = Field(sa_type=sa.BigInteger)
    events: int = Field(sa_type=sa.BigInteger)
    first_signed: int | None = Field(default=None, sa_type=sa.BigInteger)
    first_made: int = Field(sa_type=sa.BigInteger)
    last_signed: int | None = Field(default=None, sa_type=sa.BigInteger)
    last_made: int = Field(sa_type=sa.BigInteger)


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


class QuarantineRow(SQLModel, table=True):
    """What was refused or rejected, kept as it came: all of it up to 1 MiB, above that the first 64 KiB.

    `body` is NULL where the bound took it, and sealed to the vault's key `kid` where that is named. Ids are never given
    twice, so that an export may name them.
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        sa.UniqueConstraint("sha256", "code", "holder"),
        sa.Index("ix_quarantine_holder_id", "holder", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    code: str = Field(index=True)
    reason: str
    carrier: str
    station: str
    device: str
    holder: str
    size: int = Field(sa_type=sa.BigInteger)
    sha256: str
    body: bytes | None
    kid: str | None = None
    times_seen: int = 1
    first_seen: datetime = Field(sa_type=UtcTime)
    last_seen: datetime = Field(sa_type=UtcTime)


class QuarantineUseRow(SQLModel, table=True):
    """How much of the quarantine a device holds, the gateways together, and ("") all: rows, and bytes of bodies.

    Rows up to the id `bare_through` have lost their bodies.
    """

    __tablename__ = "quarantine_use"
    holder: str = Field(primary_key=True)
    rows: int = Field(default=0, sa_type=sa.BigInteger, index=True)
    bytes: int = Field(default=0, sa_type=sa.BigInteger, index=True)
    bare_through: int = Field(default=0, sa_type=sa.BigInteger)


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


class JobClaimRow(SQLModel, table=True):
    """A job's period, claimed once by whoever runs it (see APScheduler's one owner)."""

    __tablename__ = "job_claim"
    job: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    claimed_at: datetime = Field(sa_type=UtcTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)


class AccountRow(SQLModel, table=True):
    """A person's way in (账号): login name, role and scope, slow hash of the password.

    `password_until` is set while the password is a one-time one: it must be changed, and after that time opens nothing.
    `totp_secret` is sealed; `totp_step` is the last step of 30 s whose code was taken, so that none is taken twice.
    """

    __tablename__ = "account"
    account_no: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    role: str
    carrier: str | None = None
    station: str | None = None
    division: str | None = None
    platform: str | None = None
    password_hash: str | None = None
    password_until: datetime | None = Field(default=None, sa_type=UtcTime)
    totp_secret: bytes | None = None
    totp_step: int = Field(default=0, sa_type=sa.BigInteger)
    made_at: datetime = Field(sa_type=UtcTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcTime)


class LoginSessionRow(SQLModel, table=True):
    """A login that goes on (会话), known by the SHA-256 of the random token in the browser's cookie."""

    __tablename__ = "login_session"
    token_hash: bytes = Field(primary_key=True)
    account_no: int = Field(foreign_key="account.account_no", index=True)
    csrf: str
    made_at: datetime = Field(sa_type=UtcTime)
    seen_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime, index=True)
    second_factor_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ApiTokenRow(SQLModel, table=True):
    """A program's way in (接口令牌), known by its SHA-256: for an account, `scopes` by spaces, until a time."""

    __tablename__ = "api_token"
    token_no: int | None = Field(default=None, primary_key=True)
    token_hash: bytes = Field(unique=True)
    account_no: int = Field(foreign_key="account.account_no", index=True)
    scopes: str
    made_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)


class LoginAttemptRow(SQLModel, table=True):
    """Wrong logins (登录失败) of one account, of one unknown name or from one address, and until when it is locked."""

    __tablename__ = "login_attempt"
    __table_args__ = (sa.Index("ix_login_attempt_kind_last_at", "kind", "last_at"),)
    subject: str = Field(primary_key=True)
    kind: str
    failures: int
    last_at: datetime = Field(sa_type=UtcTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)


class AuditEntryRow(SQLModel, table=True):
    """Who did, saw or changed what (审计): appended only, each entry's hash over it and the one before.

    The database refuses UPDATE, DELETE and any number but the next one.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_actor_entry_no", "actor", "entry_no"),
        sa.Index("ix_audit_entry_action_entry_no", "action", "entry_no"),
        sa.Index("ix_audit_entry_at", "at"),
    )
    entry_no: int = Field(primary_key=True, sa_type=BIG_KEY, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcTime)
    actor: str
    role: str
    action: str
    object: str
    outcome: str
    address: str
    hash: bytes
