"""The objection store (异议库): objections and steps are added, never changed; files go when their term is over."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from credit_scoring.governance.objections.objection import Objection, Point, PointKind, Remedy, Step, StepKind
from credit_scoring.governance.objections.objection_tables import (
    ObjectionFileRow,
    ObjectionRow,
    ObjectionStepRow,
)
from credit_scoring.governance.objections.refusals import ObjectionRefusal, ObjectionRefused


def add_objection(
    session: Session,
    *,
    carrier: str,
    point: Point,
    ground: str,
    parcels: Iterable[str],
    evidence_sha256: str,
    evidence_type: str,
    by: str,
    now: datetime,
) -> int:
    """Write an objection; its number."""
    row = ObjectionRow(
        carrier=carrier,
        kind=point.kind,
        key=point.key,
        year=point.year,
        division=point.division,
        ground=ground,
        parcels=" ".join(parcels),
        evidence_sha256=evidence_sha256,
        evidence_type=evidence_type,
        filed_by=by,
        filed_at=now,
    )
    session.add(row)
    session.flush()
    assert row.objection_no is not None
    return row.objection_no


def add_step(session: Session, objection: Objection, step: Step) -> None:
    """Append a step. Raises ObjectionRefused where another was faster; the transaction is over then."""
    session.add(
        ObjectionStepRow(
            objection_no=objection.objection_no,
            number=len(objection.steps) + 1,
            kind=step.kind,
            reason=step.reason,
            remedy=step.remedy,
            by=step.by,
            at=step.at,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise ObjectionRefused(ObjectionRefusal.STEP_IMPOSSIBLE, "somebody else has just taken a step") from error


def objection_of(session: Session, objection_no: int) -> Objection | None:
    """The objection with this number, as it stands."""
    row = session.get(ObjectionRow, objection_no)
    return _objections(session, [row])[0] if row is not None else None


def find_objections(
    session: Session,
    *,
    carrier: str | None = None,
    prefix: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Objection]:
    """The newest first: a carrier's, or those in a division by its prefix; `before` is the last number seen."""
    statement = select(ObjectionRow).order_by(col(ObjectionRow.objection_no).desc()).limit(limit)
    if carrier is not None:
        statement = statement.where(ObjectionRow.carrier == carrier)
    if prefix is not None:
        statement = statement.where(col(ObjectionRow.division).startswith(prefix, autoescape=True))
    if before is not None:
        statement = statement.where(col(ObjectionRow.objection_no) < before)
    return _objections(session, session.exec(statement).all())


def open_objections(
    session: Session,
    *,
    carrier: str | None = None,
    kind: PointKind | None = None,
    keys: Collection[str] | None = None,
    prefix: str | None = None,
) -> list[Objection]:
    """Those not decided yet, or upheld and not changed yet, the oldest first: the mark wherever a point is shown."""
    ended = sa.exists().where(
        col(ObjectionStepRow.objection_no) == col(ObjectionRow.objection_no),
        col(ObjectionStepRow.kind).in_([StepKind.REJECTED, StepKind.WITHDRAWN, StepKind.CHANGED]),
    )
    statement = select(ObjectionRow).where(sa.not_(ended)).order_by(col(ObjectionRow.objection_no))
    if carrier is not None:
        statement = statement.where(ObjectionRow.carrier == carrier)
    if kind is not None:
        statement = statement.where(ObjectionRow.kind == kind)
    if keys is not None:
        statement = statement.where(col(ObjectionRow.key).in_(list(keys)))
    if prefix is not None:
        statement = statement.where(col(ObjectionRow.division).startswith(prefix, autoescape=True))
    return _objections(session, session.exec(statement).all())


def objections_of(session: Session, carrier: str, years: Collection[int]) -> list[Objection]:
    """All of a carrier's that concern these years, whatever came of them, the oldest first."""
    statement = select(ObjectionRow).where(ObjectionRow.carrier == carrier, col(ObjectionRow.year).in_(list(years)))
    return _objections(session, session.exec(statement.order_by(col(ObjectionRow.objection_no))).all())


def save_file(session: Session, objection_no: int, box: bytes, *, now: datetime) -> None:
    """Keep what was attached, sealed."""
    session.add(ObjectionFileRow(objection_no=objection_no, box=box, kept_at=now))
    session.flush()


def file_of(session: Session, objection_no: int) -> bytes | None:
    """What was attached, sealed; None when its term is over."""
    row = session.get(ObjectionFileRow, objection_no)
    return row.box if row is not None else None


def forget_files(session: Session, *, before: datetime) -> int:
    """Delete what was attached before a moment to objections that are closed; how many."""
    kept = col(ObjectionFileRow.kept_at) <= before
    closed = sa.exists().where(
        col(ObjectionStepRow.objection_no) == col(ObjectionFileRow.objection_no),
        col(ObjectionStepRow.kind).in_([StepKind.REJECTED, StepKind.WITHDRAWN, StepKind.CHANGED]),
    )
    return session.connection().execute(sa.delete(ObjectionFileRow).where(kept, closed)).rowcount


def _objections(session: Session, rows: Sequence[ObjectionRow]) -> list[Objection]:
    numbers = [row.objection_no for row in rows]
    statement = select(ObjectionStepRow).where(col(ObjectionStepRow.objection_no).in_(numbers))
    steps: dict[int, list[Step]] = {}
    for row in session.exec(statement.order_by(col(ObjectionStepRow.objection_no), col(ObjectionStepRow.number))):
        remedy = Remedy(row.remedy) if row.remedy else None
        steps.setdefault(row.objection_no, []).append(Step(StepKind(row.kind), row.by, row.at, row.reason, remedy))
    return [_objection(row, tuple(steps.get(row.objection_no or 0, ()))) for row in rows]


def _objection(row: ObjectionRow, steps: tuple[Step, ...]) -> Objection:
    assert row.objection_no is not None
    return Objection(
        objection_no=row.objection_no,
        carrier=row.carrier,
        point=Point(PointKind(row.kind), row.key, row.year, row.division),
        ground=row.ground,
        parcels=tuple(row.parcels.split()),
        evidence_sha256=row.evidence_sha256,
        evidence_type=row.evidence_type,
        filed_by=row.filed_by,
        filed_at=row.filed_at,
        steps=steps,
    )
