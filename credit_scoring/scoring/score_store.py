"""The score store (评价结果库): runs that were saved, with their sealed evidence."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from credit_scoring.errors import EvidenceInvalid
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.window import Window
from credit_scoring.scoring.assess import Assessment
from credit_scoring.scoring.export import canonical_json, ranking_json
from credit_scoring.scoring.seal import digest, parse_inputs, seal_inputs
from tracker.store.naming import NAMING
from tracker.store.types import EventId, UtcTime
from tracker.wire.event_ids import build_event_id

SQLModel.metadata.naming_convention = NAMING  # the same names whichever tables are imported first

LOOKED_AT = 200
_T = TypeVar("_T")


class ScoreRunRow(SQLModel, table=True):
    """One saved run: what it rests on, sealed, and what came out. Added, never changed."""

    __tablename__ = "score_run"
    __table_args__ = (sa.Index("ix_score_run_from_date_to_date_as_of", "from_date", "to_date", "as_of"),)
    run_id: UUID = Field(primary_key=True, sa_type=EventId)
    scheme: str
    from_date: date
    to_date: date
    division: str | None = None
    as_of: datetime = Field(sa_type=UtcTime)
    position: int = Field(sa_type=sa.BigInteger)
    created_at: datetime = Field(sa_type=UtcTime)
    evidence: bytes
    evidence_sha256: str
    result: bytes
    seen: str | None = Field(default=None, sa_type=sa.Text)


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A saved run; `result` is the canonical JSON of the ranking, `evidence` the sealed inputs.

    `seen` lies beside what is sealed: by it a page tells whether there is news (see credit_scoring.scoring.news); None
    of a run that does not say.
    """

    run_id: UUID
    scheme: str
    window: Window
    division: str | None
    as_of: datetime
    position: int
    created_at: datetime
    evidence: bytes
    evidence_sha256: str
    result: bytes
    seen: str | None = field(default=None, compare=False)

    @property
    def ranking(self) -> dict[str, Any]:
        """The ranking as it is shown, `run` naming this run."""
        ranking: dict[str, Any] = json.loads(self.result)
        return ranking


def build_run(assessment: Assessment, *, created_at: datetime) -> SavedRun:
    """The run of an assessment, not saved yet; its id follows from its time and its evidence."""
    evidence = seal_inputs(assessment)
    run_id = run_id_of(created_at, evidence)
    return SavedRun(
        run_id=run_id,
        scheme=assessment.scheme.version,
        window=assessment.window,
        division=assessment.division,
        as_of=assessment.as_of,
        position=assessment.position,
        created_at=created_at,
        evidence=evidence,
        evidence_sha256=digest(evidence),
        result=canonical_json(ranking_json(assessment, run=run_id)),
        seen=assessment.seen,
    )


def run_id_of(created_at: datetime, evidence: bytes) -> UUID:
    """UUIDv7 of the time, its chance taken from the evidence: saving the same run again changes nothing."""
    return build_event_id(created_at, bytes.fromhex(digest(evidence)))


def save_run(session: Session, assessment: Assessment, *, created_at: datetime) -> UUID:
    """Keep an assessment with its sealed evidence; the run's id. Saving it twice keeps it once."""
    run = build_run(assessment, created_at=created_at)
    if session.get(ScoreRunRow, run.run_id) is None:
        session.add(_row(run))
        session.flush()
    return run.run_id


def log_points_of(session: Session) -> list[LogPoint]:
    """How far the log had come at each saved run, and the hash that it sealed; none for runs of other versions."""
    points = []
    for evidence in session.exec(select(ScoreRunRow.evidence)):
        with suppress(EvidenceInvalid):
            points.append(parse_inputs(evidence).log)
    return points


def run_of(session: Session, run_id: UUID) -> SavedRun | None:
    """The run with this id."""
    row = session.get(ScoreRunRow, run_id)
    return _run(row) if row is not None else None


def latest_run(session: Session, window: Window, division: str | None) -> SavedRun | None:
    """The run of exactly this window and division that was seen last."""
    row = session.exec(_latest(select(ScoreRunRow), window, division)).first()
    return _run(row) if row is not None else None


def latest_run_id(session: Session, window: Window, division: str | None) -> UUID | None:
    """Which that is, without reading it."""
    statement = _latest(select(col(ScoreRunRow.run_id)), window, division)
    return session.exec(statement).first()


def earlier_run(session: Session, window: Window, division: str | None, *, before: datetime) -> SavedRun | None:
    """The last run that was seen before a moment, of the division and of as many days as the window has.

    Of the latest LOOKED_AT runs of the division: further back nobody calls it the last one.
    """
    length = window.to_date - window.from_date
    statement = (
        select(col(ScoreRunRow.run_id), col(ScoreRunRow.from_date), col(ScoreRunRow.to_date))
        .where(
            col(ScoreRunRow.as_of) < before,
            col(ScoreRunRow.division).is_(None) if division is None else col(ScoreRunRow.division) == division,
        )
        .order_by(col(ScoreRunRow.as_of).desc(), col(ScoreRunRow.run_id).desc())
        .limit(LOOKED_AT)
    )
    found = (run_id for run_id, first, after in session.exec(statement) if after - first == length)
    run_id = next(found, None)
    return run_of(session, run_id) if run_id is not None else None


def _latest(chosen: SelectOfScalar[_T], window: Window, division: str | None) -> SelectOfScalar[_T]:
    """The run of exactly this window and division that was seen last."""
    chosen = chosen.where(
        col(ScoreRunRow.from_date) == window.from_date,
        col(ScoreRunRow.to_date) == window.to_date,
        col(ScoreRunRow.division).is_(None) if division is None else col(ScoreRunRow.division) == division,
    )
    return chosen.order_by(col(ScoreRunRow.as_of).desc(), col(ScoreRunRow.run_id).desc()).limit(1)


def _row(run: SavedRun) -> ScoreRunRow:
    return ScoreRunRow(
        run_id=run.run_id,
        scheme=run.scheme,
        from_date=run.window.from_date,
        to_date=run.window.to_date,
        division=run.division,
        as_of=run.as_of,
        position=run.position,
        created_at=run.created_at,
        evidence=run.evidence,
        evidence_sha256=run.evidence_sha256,
        result=run.result,
        seen=run.seen,
    )


def _run(row: ScoreRunRow) -> SavedRun:
    return SavedRun(
        run_id=row.run_id,
        scheme=row.scheme,
        window=Window(row.from_date, row.to_date),
        division=row.division,
        as_of=row.as_of,
        position=row.position,
        created_at=row.created_at,
        evidence=row.evidence,
        evidence_sha256=row.evidence_sha256,
        result=row.result,
        seen=row.seen,
    )
