"""Objecting (异议办理): a company files, a regulator decides, what is upheld is excluded or corrected."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from credit_scoring.evidence.window import close_of
from credit_scoring.governance.objections.catalogue import objection_words
from credit_scoring.governance.objections.evidence_file import EvidenceFile
from credit_scoring.governance.objections.exclusions import exclude
from credit_scoring.governance.objections.objection import (
    Objection,
    PointKind,
    Remedy,
    Step,
    StepKind,
)
from credit_scoring.governance.objections.objection_store import add_objection, add_step, open_objections
from credit_scoring.governance.objections.points import find_point
from credit_scoring.governance.objections.refusals import ObjectionRefusal, ObjectionRefused
from tracker.store.tables.parcel import ParcelRow

MOST_PARCELS = 50


def file_objection(
    session: Session,
    *,
    carrier: str,
    kind: PointKind,
    key: str,
    ground: str,
    parcels: Collection[str],
    evidence: EvidenceFile,
    by: str,
    now: datetime,
) -> int:
    """Record a company's objection; its number. Raises ObjectionRefused.

    `parcels`: against an indicator, the company's own parcels that it rests on; nothing else names any.
    """
    point = find_point(session, carrier, kind, key)
    if ground not in objection_words().grounds:
        raise ObjectionRefused(ObjectionRefusal.GROUND_UNKNOWN, "grounds are those of the catalogue")
    if now >= close_of(point.year):
        closed = f"what concerns {point.year} was closed on 15 February {point.year + 1} (Art. 19)"
        raise ObjectionRefused(ObjectionRefusal.YEAR_CLOSED, closed)
    if open_objections(session, carrier=carrier, kind=kind, keys=[key]):
        raise ObjectionRefused(ObjectionRefusal.ALREADY_OPEN, "an objection to this point is open")
    named = sorted(set(parcels))
    if named and (kind is not PointKind.INDICATOR or not _are_own(session, carrier, named)):
        raise ObjectionRefused(
            ObjectionRefusal.PARCELS_INVALID, f"against an indicator, name up to {MOST_PARCELS} own parcels"
        )
    return add_objection(
        session,
        carrier=carrier,
        point=point,
        ground=ground,
        parcels=named,
        evidence_sha256=evidence.sha256,
        evidence_type=evidence.media_type,
        by=by,
        now=now,
    )


def decide(
    session: Session, objection: Objection, *, reason: str, remedy: Remedy | None, by: str, now: datetime
) -> None:
    """Uphold or reject, as the reason says. What is excluded is changed on the spot. Raises ObjectionRefused."""
    words = objection_words()
    if reason not in words.reasons or (reason in words.upholding) is (remedy is None):
        raise ObjectionRefused(ObjectionRefusal.REASON_UNKNOWN, "a reason of the catalogue; if it upholds, a remedy")
    kind = StepKind.REJECTED if remedy is None else StepKind.UPHELD
    _require(objection, kind)
    if remedy is not Remedy.EXCLUDE:
        add_step(session, objection, Step(kind, by, now, reason, remedy))
        return
    what, keys = _evidence_of(objection)
    exclude(session, objection, what, keys, reason=reason, now=now)
    upheld = Step(kind, by, now, reason, remedy)
    add_step(session, objection, upheld)
    add_step(session, _after(objection, upheld), Step(StepKind.CHANGED, by, now, reason))


def take_step(session: Session, objection: Objection, kind: StepKind, *, by: str, now: datetime) -> None:
    """Withdraw it, or say that it was changed at its source. Raises ObjectionRefused."""
    _require(objection, kind)
    add_step(session, objection, Step(kind, by, now))


def tell(session: Session, objection: Objection, kind: StepKind, *, by: str, now: datetime) -> bool:
    """That a side has seen how it stands: the regulator what was filed, the company what was decided; once each."""
    if objection.was_told(kind) or (kind is StepKind.TOLD_CARRIER and objection.decision is None):
        return False
    add_step(session, objection, Step(kind, by, now))
    return True


def _evidence_of(objection: Objection) -> tuple[PointKind, Collection[str]]:
    if objection.point.kind is not PointKind.INDICATOR:
        return objection.point.kind, [objection.point.key]
    if not objection.parcels:
        raise ObjectionRefused(
            ObjectionRefusal.NOTHING_TO_EXCLUDE, "the objection names no parcels: correct it at its source"
        )
    return PointKind.PARCEL, objection.parcels


def _are_own(session: Session, carrier: str, waybill_nos: list[str]) -> bool:
    if len(waybill_nos) > MOST_PARCELS:
        return False
    rows = select(ParcelRow.waybill_no).where(
        col(ParcelRow.waybill_no).in_(waybill_nos), col(ParcelRow.carrier) == carrier
    )
    return set(session.exec(rows)) == set(waybill_nos)


def _require(objection: Objection, kind: StepKind) -> None:
    if not objection.takes(kind):
        raise ObjectionRefused(ObjectionRefusal.STEP_IMPOSSIBLE, f"it is {objection.state}")


def _after(objection: Objection, step: Step) -> Objection:
    return replace(objection, steps=(*objection.steps, step))
