"""Claim upkeep (实名承诺核对): claims meet their records, in whichever order the two come; the term's end is a job's.

A claim that is proved is forgotten, so that nothing follows from the record's erasure, whenever that is.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.engine import Engine
from sqlmodel import Session

from tracker.intake.parcel_upkeep import rebuild_parcels
from tracker.realname.claims import Claim, SealedFor, is_proved_by, keeps_claim
from tracker.store.claim_store import (
    append_claims,
    drop_claims,
    find_claims,
    find_sealed_for,
    has_due,
    mark_missing,
)
from tracker.store.database import reading, transaction
from tracker.store.event_store import find_stored, log_head
from tracker.store.self_service_store import self_service_terms
from tracker.wire.event import decode_event
from tracker.wire.topics import GATEWAY_DEVICE

AT_ONCE = 200  # claims in one commit: the tracker waits for no more
LOOK_EVERY = timedelta(minutes=10)
JOB = "find_missing_records"
log = structlog.get_logger()


def settle_claims(session: Session, claims: Sequence[Claim], records: Sequence[SealedFor]) -> None:
    """Hold one commit's new claims and records against each other and against what was kept before.

    The events and records of the commit are in the store by now.
    """
    open_ = _unproved(session, claims, records)
    if open_:
        open_ = _unproved(session, open_, find_sealed_for(session, open_))
        append_claims(session, open_)
    told = {each.commitment for each in records} | {each.commitment for each in claims if each.corrects is not None}
    if not told:
        return
    kept = find_claims(session, told)
    unproved = _uninherited(session, _unproved(session, [each.claim for each in kept], records))
    proved = [each for each in kept if each.claim.event_id not in unproved]
    if proved:
        drop_claims(session, proved)
        rebuild_parcels(session, {each.claim.waybill_no for each in proved if each.is_missing})


def find_missing_records(engine: Engine, *, now: datetime, term: timedelta) -> int:
    """Give every claim whose record did not come within `term` its finding; how many parcels got one."""
    before, parcels = now - term, 0
    while True:
        with reading(engine) as session:
            if not has_due(session, recorded_before=before):
                return parcels
        with transaction(engine) as session:
            log_head(session, lock=True)  # the rows of parcels are recording's
            found = mark_missing(session, recorded_before=before, at=now, most=AT_ONCE)
            rebuild_parcels(session, found)
        parcels += len(found)


def look_for_missing(engine: Engine, clock: Callable[[], datetime], term: timedelta) -> None:
    """The scheduler's job; what fails is logged, and the next look tries again."""
    try:
        parcels = find_missing_records(engine, now=clock(), term=term)
    except Exception:
        log.exception("job_failed", job=JOB)
    else:
        if parcels:
            log.warning("records_missing", parcels=parcels)


def _uninherited(session: Session, claims: Collection[Claim]) -> set[UUID]:
    """Those that still wait, of all that wait with these commitments.

    A correction that keeps the claim of what it corrects claims nothing new: the record may be erased by now. So do
    corrections of corrections, one after the other.
    """
    waiting = {each.event_id: each for each in claims}
    corrected = find_stored(session, {each.corrects for each in claims if each.corrects is not None})
    keeping = [
        each
        for each in claims
        if (found := corrected.get(each.corrects) if each.corrects is not None else None) is not None
        and keeps_claim(each, decode_event(found.body), imported=found.device == GATEWAY_DEVICE)
    ]
    while proved := {each.event_id for each in keeping if each.event_id in waiting and each.corrects not in waiting}:
        waiting = {event_id: claim for event_id, claim in waiting.items() if event_id not in proved}
    return set(waiting)


def _unproved(session: Session, claims: Collection[Claim], records: Collection[SealedFor]) -> list[Claim]:
    """The claims that none of the records bears out; the registry is asked where one rests on self-service."""
    is_asked = any(each.preverified_for is not None for each in claims)
    terms = self_service_terms(session, {each.device_no for each in records}) if is_asked else []
    by_commitment: dict[str, list[SealedFor]] = {}
    for record in records:
        by_commitment.setdefault(record.commitment, []).append(record)
    return [
        claim
        for claim in claims
        if not any(is_proved_by(claim, record, terms) for record in by_commitment.get(claim.commitment, ()))
    ]
