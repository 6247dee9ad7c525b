"""The record (档案记录): one fact about one holder, with its source, its proof and its validity."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from credit_scoring.archive.codes import InfoClass
from credit_scoring.archive.holder import Holder
from credit_scoring.archive.kinds import RecordKind
from tracker.wire.event_ids import build_event_id

Detail = str | int | list[str]


class Source(StrEnum):
    """How a record came (采集方式), 快递业信用管理暂行办法 ch. 2."""

    ENTERED = "entered"  # 邮政管理部门收集录入
    DECLARED = "declared"  # 企业申报录入
    SHARED = "shared"  # 共享其他部门信息


class ProofHolder(StrEnum):
    """Who has the document itself: this system keeps its SHA-256 only (只存摘要)."""

    ADMINISTRATION = "administration"
    ENTERPRISE = "enterprise"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Proof:
    """The document that a record rests on: its SHA-256 in hexadecimal, its kind, its number or title, who has it."""

    sha256: str
    type: str
    name: str
    held_by: ProofHolder


@dataclass(frozen=True, slots=True)
class NewRecord:
    """What is told, parsed. A record that `revokes` only takes `replaces` back, with effect from `valid_from`.

    `code` is what is counted (a penalty's severity, a code of a list), `key` what it is looked up by (a licence's
    number, a parent's USCC, a record's id). `valid_until` is the last day.
    """

    holder: Holder
    kind: RecordKind
    info_class: InfoClass
    source: Source
    code: str | None = None
    key: str | None = None
    division: str | None = None
    document_date: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)
    department: str | None = None
    proof: Proof | None = None
    replaces: UUID | None = None
    revokes: bool = False

    @property
    def digest(self) -> bytes:
        """SHA-256 over all that is told: the same told twice is one record."""
        return sha256(msgspec.json.encode(_plain(self), order="deterministic")).digest()

    @property
    def concerns(self) -> UUID | None:
        """The record that a notice or a judgement is about."""
        about = (RecordKind.PENALTY_NOTICE, RecordKind.COMMITMENT_JUDGEMENT)
        return UUID(self.key) if self.kind in about and self.key and not self.revokes else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it was taken: `recorded_at` is ours, `entered_by` a login name or `console`."""

    record_id: UUID
    told: NewRecord
    entered_by: str
    recorded_at: datetime


def build_entry(told: NewRecord, *, entered_by: str, recorded_at: datetime) -> Entry:
    """The entry of what was told; its id is made of the time and of what was told."""
    return Entry(build_event_id(recorded_at, told.digest[:10]), told, entered_by, recorded_at)


def build_revocation(entry: Entry, *, effect: date, document_date: date, source: Source, proof: Proof) -> NewRecord:
    """What takes an entry back, with effect from a day, by a document."""
    return replace(
        entry.told,
        source=source, department=None, proof=proof, document_date=document_date, valid_from=effect, valid_until=None,
        details={}, replaces=entry.record_id, revokes=True,
    )  # fmt: skip


def _plain(told: NewRecord) -> dict[str, Any]:
    holder, proof = told.holder, told.proof
    plain = {name: getattr(told, name) for name in NewRecord.__dataclass_fields__}
    return plain | {
        "holder": [holder.kind, holder.code],
        "details": dict(told.details),
        "proof": [proof.sha256, proof.type, proof.name, proof.held_by] if proof else None,
    }
