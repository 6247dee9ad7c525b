"""The claims that wait for their record (待核实名承诺), by the commitment that the record must bear."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlmodel import Session

from tracker.chain.findings import Finding
from tracker.realname.claims import Claim, SealedFor
from tracker.store.bulk import insert_rows, table_of
from tracker.store.tables.event_log import EventRow, LogHeadRow
from tracker.store.tables.identities import ErasedRecordRow, IdentityClaimRow, IdentityRecordRow
from tracker.wire.identity_record import Subject

_CLAIM, _EVENT, _HEAD = table_of(IdentityClaimRow), table_of(EventRow), table_of(LogHeadRow)
_RECORD, _ERASED = table_of(IdentityRecordRow), table_of(ErasedRecordRow)
_WAITS = _CLAIM.c.missing_since.is_(None)

# An event's findings: those that intake kept with it, and that its record is missing, which may change.
_MISSING = sa.case(
    (_CLAIM.c.preverified_for.is_(None), f" {Finding.IDENTITY_RECORD_MISSING.value}"),
    else_=f" {Finding.EXEMPTION_UNPROVED.value}",
)
FINDINGS = sa.case(
    (_CLAIM.c.missing_since.is_(None), _EVENT.c.findings),
    else_=sa.func.trim(_EVENT.c.findings + _MISSING),
).label("findings")
WITH_CLAIM = sa.and_(_CLAIM.c.event_id == _EVENT.c.event_id, _CLAIM.c.waybill_no == _EVENT.c.waybill_no)


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """A claim that waits; `is_missing` from when its event has the finding on."""

    claim: Claim
    is_missing: bool


@dataclass(frozen=True, slots=True)
class ClaimCounts:
    """How many acceptances wait for their record, and how many waited too long."""

    waiting: int
    missing: int


def append_claims(session: Session, claims: Sequence[Claim]) -> None:
    """Keep claims of events that were just recorded."""
    insert_rows(
        session,
        IdentityClaimRow,
        [
            (
                each.event_id,
                each.waybill_no,
                each.device_no,
                each.commitment,
                each.corrects,
                each.record_time,
                None,
                each.preverified_for,
                each.accepted_at,
            )
            for each in claims
        ],
    )


def find_claims(session: Session, commitments: Collection[str]) -> list[KeptClaim]:
    """The claims that wait for a record with one of these commitments."""
    found = session.connection().execute(
        sa.select(*(_CLAIM.c[name] for name in Claim.__struct_fields__), _CLAIM.c.missing_since).where(
            _CLAIM.c.commitment.in_(list(commitments))
        )
    )
    return [KeptClaim(Claim(*told), since is not None) for *told, since in found]


def find_sealed_for(session: Session, claims: Collection[Claim]) -> list[SealedFor]:
    """The register records of the claims' parcels that bear one of their commitments, erased ones too."""
    waybill_nos, commitments = {each.waybill_no for each in claims}, {each.commitment for each in claims}
    kept, erased = (
        sa.select(*(table.c[name] for name in SealedFor.__struct_fields__)).where(
            table.c.waybill_no.in_(waybill_nos), table.c.commitment.in_(commitments)
        )
        for table in (_RECORD, _ERASED)
    )
    found = session.connection().execute(sa.union_all(kept.where(_RECORD.c.subject == Subject.REGISTER), erased))
    return [SealedFor(*row) for row in found]


def remember_erased(session: Session, erased: Mapping[UUID, SealedFor | None]) -> None:
    """Note of erased records what an acceptance may rest on that has not come yet; None bears out nothing."""
    if not erased:
        return
    sealed = {record_id: told for record_id, told in erased.items() if told is not None}
    came = set(
        session.connection().scalars(
            sa.select(_EVENT.c.event_id).where(_EVENT.c.event_id.in_({told.event_id for told in sealed.values()}))
        )
    )
    awaited = {record_id: told for record_id, told in sealed.items() if told.event_id not in came}
    session.connection().execute(sa.update(_ERASED).where(_ERASED.c.record_id.in_(list(erased))).values(told=True))
    if awaited:
        rows = [{"of": record_id} | msgspec.structs.asdict(told) for record_id, told in awaited.items()]
        session.connection().execute(sa.update(_ERASED).where(_ERASED.c.record_id == sa.bindparam("of")), rows)


def drop_claims(session: Session, kept: Collection[KeptClaim]) -> None:
    """These wait no more, and have no finding."""
    event_ids = {each.claim.event_id for each in kept}
    session.connection().execute(sa.delete(_CLAIM).where(_CLAIM.c.event_id.in_(event_ids)))
    if any(each.is_missing for each in kept):
        _count_marks(session)


def drop_claims_between(session: Session, first: UUID, after: UUID) -> None:
    """The claims of a month whose events leave the store."""
    session.connection().execute(sa.delete(_CLAIM).where(_CLAIM.c.event_id >= first, _CLAIM.c.event_id < after))


def mark_missing(session: Session, *, recorded_before: datetime, at: datetime, most: int) -> set[str]:
    """Give the finding to the oldest claims recorded before a moment, so many at most; of which parcels they are."""
    due = sa.select(_CLAIM.c.event_id, _CLAIM.c.waybill_no).where(_WAITS, _CLAIM.c.record_time < recorded_before)
    found = session.connection().execute(due.order_by(_CLAIM.c.record_time).limit(most)).all()
    marking = sa.update(_CLAIM).where(_CLAIM.c.event_id.in_([event_id for event_id, _ in found]))
    session.connection().execute(marking.values(missing_since=at))
    _count_marks(session)
    return {waybill_no for _, waybill_no in found}


def has_due(session: Session, *, recorded_before: datetime) -> bool:
    """Whether a claim recorded before a moment still waits."""
    due = sa.select(_CLAIM.c.event_id).where(_WAITS, _CLAIM.c.record_time < recorded_before).limit(1)
    return session.connection().execute(due).first() is not None


def count_claims(session: Session) -> ClaimCounts:
    """All of them; those that wait are the last hours', those that are missing few."""
    counted = sa.select(sa.func.count(), sa.func.count(_CLAIM.c.missing_since)).select_from(_CLAIM)
    every, missing = session.connection().execute(counted).one()
    return ClaimCounts(waiting=every - missing, missing=missing)


def _count_marks(session: Session) -> None:
    """Marks changed: whoever rests on parcels can tell by the log's head, whatever clocks say."""
    session.connection().execute(sa.update(_HEAD).values(marks=_HEAD.c.marks + 1))
