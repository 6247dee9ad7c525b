"""The audit log (审计日志): who did, saw or changed what; each entry's hash covers the one before it.

An entry holds codes and a truncated address, nothing about a person. The database refuses to change one (see the
migration); who can get past the database still breaks the chain, which `find_break` shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.store.tables.access import AuditEntryRow
from tracker.store.types import to_microseconds

CONSOLE = "console"  # who works on the server itself: the operator's account there says which person
START = bytes(32)  # what stands before the first entry
_LOCK = 0x6175646974  # "audit": one appends at a time on PostgreSQL; on SQLite every writing transaction is alone
_AT_ONCE = 1_000


class Action(StrEnum):
    """What was done, seen or changed; a closed list, each in docs/codes.md."""

    LOGIN = "login"
    LOGOUT = "logout"
    SECOND_FACTOR = "second_factor"
    SECOND_FACTOR_SET = "second_factor_set"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 a code, no password
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_RESET = "account_reset"
    SCOPE_CHANGED = "scope_changed"
    ACCOUNTS_SEEN = "accounts_seen"
    TOKEN_MADE = "token_made"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    ACCESS_REFUSED = "access_refused"
    QUARANTINE_SEEN = "quarantine_seen"
    DEVICES_SEEN = "devices_seen"
    PROOF_SEEN = "proof_seen"
    STATION_CHANGED = "station_changed"
    PRODUCTS_RECORDED = "products_recorded"
    IDENTITIES_LISTED = "identities_listed"
    IDENTITY_OPENED = "identity_opened"
    RIGHTS_REQUESTED = "rights_requested"
    RIGHTS_SEEN = "rights_seen"
    RIGHTS_EXTENDED = "rights_extended"
    RIGHTS_ANSWERED = "rights_answered"
    RIGHTS_REFUSED = "rights_refused"
    LEDGER_SEEN = "ledger_seen"
    LEDGER_EXPORTED = "ledger_exported"
    REVIEW_RECORDED = "review_recorded"
    REVIEW_ANSWERED = "review_answered"
    INSPECTION_RECORDED = "inspection_recorded"
    RATING_RECORDED = "rating_recorded"
    ARCHIVE_SEEN = "archive_seen"
    REPORT_SEEN = "report_seen"
    ARCHIVE_ENTERED = "archive_entered"
    VOLUME_DECLARED = "volume_declared"
    SCHEME_DRAFTED = "scheme_drafted"
    SCHEME_SIGNED = "scheme_signed"
    SCHEME_ADOPTED = "scheme_adopted"
    OBJECTION_FILED = "objection_filed"
    OBJECTION_SEEN = "objection_seen"
    OBJECTION_FILE_SEEN = "objection_file_seen"
    OBJECTION_DECIDED = "objection_decided"
    AUDIT_SEEN = "audit_seen"
    AUDIT_EXPORTED = "audit_exported"
    COMPLAINTS_SEEN = "complaints_seen"
    COMPLAINT_FILED = "complaint_filed"
    COMPLAINT_ACTED = "complaint_acted"


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry. `actor` is a login name, `console` or empty where nobody is known; `object` a code."""

    entry_no: int
    at: datetime
    actor: str
    role: str
    action: str
    object: str
    outcome: str
    address: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; None is any. `since` is inclusive, `until` exclusive."""

    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def hash_of(entry: AuditEntry, before: bytes) -> bytes:
    """SHA-256 over the hash before and the entry's fields as a JSON array, its own hash left out."""
    told = [
        entry.entry_no, to_microseconds(entry.at), entry.actor, entry.role, entry.action, entry.object, entry.outcome,
        entry.address,
    ]  # fmt: skip
    return sha256(before + msgspec.json.encode(told)).digest()


def append_audit(
    session: Session,
    action: Action,
    *,
    at: datetime,
    actor: str,
    role: str,
    object: str = "",
    outcome: Outcome = Outcome.DONE,
    address: str = "",
) -> int:
    """Append an entry in the caller's transaction, as its last step: others wait until it commits. Its number."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = session.exec(select(AuditEntryRow).order_by(col(AuditEntryRow.entry_no).desc()).limit(1)).first()
    bare = AuditEntry(
        entry_no=last.entry_no + 1 if last else 1,
        at=at, actor=actor, role=role, action=action, object=object, outcome=outcome, address=address, hash=b"",
    )  # fmt: skip
    entry = replace(bare, hash=hash_of(bare, last.hash if last else START))
    session.add(AuditEntryRow(**{name: getattr(entry, name) for name in AuditEntry.__dataclass_fields__}))
    session.flush()
    return entry.entry_no


def find_entries(
    session: Session, chosen: AuditFilter, *, before: int | None = None, limit: int = 100
) -> list[AuditEntry]:
    """The newest entries first; `before` is the number of the last one seen."""
    statement = select(AuditEntryRow).order_by(col(AuditEntryRow.entry_no).desc()).limit(limit)
    if chosen.actor is not None:
        statement = statement.where(AuditEntryRow.actor == chosen.actor)
    if chosen.action is not None:
        statement = statement.where(AuditEntryRow.action == chosen.action)
    if chosen.since is not None:
        statement = statement.where(col(AuditEntryRow.at) >= chosen.since)
    if chosen.until is not None:
        statement = statement.where(col(AuditEntryRow.at) < chosen.until)
    if before is not None:
        statement = statement.where(col(AuditEntryRow.entry_no) < before)
    return [_entry(row) for row in session.exec(statement)]


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the chain holds: its last entry and hash, or the first number at which it does not (`broken_at`)."""

    entries: int
    head: bytes
    broken_at: int | None = None


def check_chain(session: Session, *, known: tuple[int, bytes] | None = None) -> ChainState:
    """Walk the chain from its first entry; `known` is a number and hash noted earlier, which must still be there."""
    number, head = 0, START
    for entry in _walk(session):
        if entry.entry_no != number + 1 or entry.hash != hash_of(entry, head):
            return ChainState(number, head, number + 1)
        number, head = entry.entry_no, entry.hash
        if known and known[0] == number and known[1] != head:
            return ChainState(number, head, number)
    if known and known[0] > number:
        return ChainState(number, head, number + 1)
    return ChainState(number, head)


def count_done(session: Session, action: Action) -> int:
    """How many entries say that this was done."""
    counted = select(sa.func.count()).select_from(AuditEntryRow).where(AuditEntryRow.action == action.value)
    return int(session.exec(counted.where(AuditEntryRow.outcome == Outcome.DONE.value)).one())


def _walk(session: Session) -> Iterator[AuditEntry]:
    after = -(2**62)
    while True:
        statement = select(AuditEntryRow).where(col(AuditEntryRow.entry_no) > after)
        rows = session.exec(statement.order_by(col(AuditEntryRow.entry_no)).limit(_AT_ONCE)).all()
        if not rows:
            return
        yield from (_entry(row) for row in rows)
        after = rows[-1].entry_no
        session.expunge_all()


def _entry(row: AuditEntryRow) -> AuditEntry:
    return AuditEntry(**{name: getattr(row, name) for name in AuditEntry.__dataclass_fields__})
