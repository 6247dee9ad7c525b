"""The archive store (信用档案库): records appended, found again, never changed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from credit_scoring.archive.archive import Archive, build_archive
from credit_scoring.archive.archive_tables import ArchiveRecordRow
from credit_scoring.archive.checks import BY_KEY, Known, check_record
from credit_scoring.archive.codes import InfoClass
from credit_scoring.archive.holder import BY_USCC, Holder, HolderKind
from credit_scoring.archive.kinds import RecordKind
from credit_scoring.archive.network import Franchise, Network, Succession, build_network
from credit_scoring.archive.record import Entry, NewRecord, Proof, ProofHolder, Source, build_entry
from credit_scoring.errors import ArchiveRefused, RecordFault

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
_LOCK = 0x6172636869  # "archi": what is checked still holds when it is written
_FOUND = (RecordKind.PENALTY, RecordKind.MISCONDUCT, RecordKind.PROHIBITED_GOODS)
_TO_NETWORK = frozenset({RecordKind.FRANCHISE, RecordKind.SUCCESSION})


@dataclass(frozen=True, slots=True)
class Appended:
    """A record's fate; not `is_new` where the very same was told before."""

    entry: Entry
    is_new: bool


def append_record(session: Session, told: NewRecord, *, entered_by: str, recorded_at: datetime) -> Appended:
    """Take a record that was parsed. Told twice it is taken once, also where it was replaced since.

    Raises ArchiveRefused; then nothing was written.
    """
    lock_archive(session)
    same = session.exec(select(ArchiveRecordRow).where(ArchiveRecordRow.digest == told.digest)).first()
    if same is not None:
        return Appended(build(same), is_new=False)
    known = _known_around(session, told)
    check_record(told, known)
    _check_login(session, told)
    if known.replaced is not None:  # a clock that went back must not put a change before what it changes
        recorded_at = max(recorded_at, known.replaced.recorded_at)
    entry = build_entry(told, entered_by=entered_by, recorded_at=recorded_at)
    session.add(_row(entry))
    session.flush()
    return Appended(entry, is_new=True)


def _known_around(session: Session, told: NewRecord) -> Known:
    """What check_record asks: by keys, however many records the holder has."""
    row = ArchiveRecordRow
    own = (row.holder_code == told.holder.code, row.holder_kind == told.holder.kind, holding())
    identity = select(col(row.record_id)).where(row.kind == RecordKind.IDENTITY, *own)
    rivals = select(row).where(row.kind == told.kind, *own)
    if told.kind in BY_KEY:
        rivals = rivals.where(row.key == told.key)
    licences = select(col(row.key)).where(row.kind == RecordKind.LICENCE, *own)
    later = select(col(row.record_id)).where(row.replaces == told.replaces)
    halts, relates = told.kind is RecordKind.LICENCE_HALT, told.kind in _TO_NETWORK
    return Known(
        replaced=entry_of(session, told.replaces) if told.replaces is not None else None,
        is_last=told.replaces is None or session.exec(later).first() is None,
        is_open=session.exec(identity).first() is not None,
        rivals=[build(each) for each in session.exec(rivals) if each.record_id != told.replaces],
        concerned=entry_of(session, told.concerns) if told.concerns is not None else None,
        licences=frozenset(key for key in session.exec(licences) if key) if halts else frozenset(),
        network=network_of(session, but=told.replaces) if relates else Network(),
    )


def lock_archive(session: Session) -> None:
    """Let nobody else append to an archive until the transaction ends; on SQLite every writer is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def entries_of(session: Session, holders: Collection[Holder]) -> list[Entry]:
    """All entries about some holders, replaced and revoked ones too, in the order they were recorded."""
    if not holders:
        return []
    named = sa.tuple_(col(ArchiveRecordRow.holder_kind), col(ArchiveRecordRow.holder_code))
    statement = select(ArchiveRecordRow).where(named.in_([(each.kind, each.code) for each in holders]))
    return [build(row) for row in session.exec(statement.order_by(*_IN_ORDER))]


def archive_of(session: Session, holder: Holder, *, as_of: datetime | None = None) -> Archive:
    """A holder's archive, with those of the enterprises whose place it has taken."""
    holders = {holder}
    if holder.kind in BY_USCC:
        network = network_of(session, as_of or END_OF_TIME)
        holders |= {Holder(holder.kind, each) for each in network.kin_of(holder.code)}
    return build_archive(entries_of(session, holders), as_of=as_of)


def entry_of(session: Session, record_id: object) -> Entry | None:
    """The entry with this id."""
    row = session.get(ArchiveRecordRow, record_id)
    return build(row) if row is not None else None


def find_latest(session: Session, holders: Collection[Holder], *, limit: int) -> list[Entry]:
    """What was found about some holders, as it holds now, the latest document first."""
    if not holders:
        return []
    named = sa.tuple_(col(ArchiveRecordRow.holder_kind), col(ArchiveRecordRow.holder_code))
    statement = select(ArchiveRecordRow).where(
        named.in_([(each.kind, each.code) for each in holders]),
        col(ArchiveRecordRow.kind).in_(_FOUND),
        holding(),
    )
    latest = statement.order_by(col(ArchiveRecordRow.document_date).desc(), col(ArchiveRecordRow.record_id)).limit(
        limit
    )
    return [build(row) for row in session.exec(latest)]


def entries_with_proof(session: Session, sha256: str) -> list[Entry]:
    """The entries that rest on a document with this SHA-256 (hexadecimal)."""
    statement = select(ArchiveRecordRow).where(ArchiveRecordRow.proof_sha256 == sha256)
    return [build(row) for row in session.exec(statement.order_by(*_IN_ORDER))]


def network_of(session: Session, as_of: datetime = END_OF_TIME, *, but: object = None) -> Network:
    """Successions and franchises as they were known at a moment; `but` leaves out a record about to be replaced."""
    names = ("record_id", "kind", "holder_code", "key", "valid_from", "valid_until")
    statement = sa.select(*(col(getattr(ArchiveRecordRow, name)) for name in names)).where(
        col(ArchiveRecordRow.kind).in_(_TO_NETWORK), in_force(as_of)
    )
    rows = [row for row in session.connection().execute(statement) if row[0] != but]
    return build_network(
        (Succession(code, key) for _, kind, code, key, _, _ in rows if kind == RecordKind.SUCCESSION),
        (Franchise(code, key, start, end) for _, kind, code, key, start, end in rows if kind == RecordKind.FRANCHISE),
    )


@cache
def holding() -> sa.ColumnElement[bool]:
    """What holds today, whatever the clock says."""
    return in_force(END_OF_TIME)


def in_force(as_of: datetime) -> sa.ColumnElement[bool]:
    """Recorded by a moment, and neither replaced nor revoked by then."""
    later = aliased(ArchiveRecordRow)
    replaced = sa.exists().where(
        col(later.replaces) == col(ArchiveRecordRow.record_id), col(later.recorded_at) <= as_of
    )
    return sa.and_(col(ArchiveRecordRow.recorded_at) <= as_of, ~col(ArchiveRecordRow.revokes), ~replaced)


def _check_login(session: Session, told: NewRecord) -> None:
    """A login name stands for one practitioner of a carrier."""
    if told.kind is not RecordKind.IDENTITY or told.holder.kind is not HolderKind.PRACTITIONER or told.revokes:
        return
    carrier = told.holder.carrier or ""
    other = practitioner_of(session, carrier, told.key) if told.key else None
    if other is not None and other != told.holder:
        raise ArchiveRefused(RecordFault.LOGIN_TAKEN, "login")


def practitioner_of(session: Session, carrier: str, login: str) -> Holder | None:
    """The practitioner of a carrier whose account has this login name."""
    statement = select(col(ArchiveRecordRow.holder_code)).where(
        ArchiveRecordRow.kind == RecordKind.IDENTITY,
        ArchiveRecordRow.key == login,
        ArchiveRecordRow.holder_kind == HolderKind.PRACTITIONER,
        col(ArchiveRecordRow.holder_code).startswith(f"{carrier}/", autoescape=True),
        holding(),
    )
    code = session.exec(statement).first()
    return Holder(HolderKind.PRACTITIONER, code) if code is not None else None


_IN_ORDER = (col(ArchiveRecordRow.recorded_at), col(ArchiveRecordRow.record_id))


def build_all(rows: Iterable[ArchiveRecordRow]) -> list[Entry]:
    """The entries in rows, for the other files of this folder."""
    return [build(row) for row in rows]


def build(row: ArchiveRecordRow) -> Entry:
    """The entry in a row, for the other files of this folder."""
    proof = None
    if row.proof_sha256 is not None:
        held_by = ProofHolder(row.proof_held_by or "")
        proof = Proof(row.proof_sha256, row.proof_type or "", row.proof_name or "", held_by)
    told = NewRecord(
        holder=Holder(HolderKind(row.holder_kind), row.holder_code),
        kind=RecordKind(row.kind),
        info_class=InfoClass(row.info_class),
        source=Source(row.source),
        code=row.code,
        key=row.key,
        division=row.division,
        document_date=row.document_date,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        details=row.details,
        department=row.department,
        proof=proof,
        replaces=row.replaces,
        revokes=row.revokes,
    )
    return Entry(row.record_id, told, row.entered_by, row.recorded_at)


def _row(entry: Entry) -> ArchiveRecordRow:
    told, proof = entry.told, entry.told.proof
    return ArchiveRecordRow(
        record_id=entry.record_id,
        digest=told.digest,
        holder_kind=told.holder.kind,
        holder_code=told.holder.code,
        kind=told.kind,
        info_class=told.info_class,
        code=told.code,
        key=told.key,
        division=told.division,
        document_date=told.document_date,
        valid_from=told.valid_from,
        valid_until=told.valid_until,
        details=dict(told.details),
        source=told.source,
        department=told.department,
        proof_sha256=proof.sha256 if proof else None,
        proof_type=proof.type if proof else None,
        proof_name=proof.name if proof else None,
        proof_held_by=proof.held_by if proof else None,
        entered_by=entry.entered_by,
        recorded_at=entry.recorded_at,
        replaces=told.replaces,
        revokes=told.revokes,
    )
