"""The divisions' runs (分区考核): the nation's and each province's run of a window, saved one after another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col

from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.scheme.scheme_store import schemes_of
from credit_scoring.scoring.assess import Assessment, assess
from credit_scoring.scoring.claims import Claim, finish_claim, release_claim
from credit_scoring.scoring.conditions import in_scope
from credit_scoring.scoring.score_store import save_run
from tracker.store.database import reading, transaction
from tracker.store.tables.parcel import ParcelRow
from tracker.wire.divisions import children_of


@dataclass(frozen=True, slots=True)
class DivisionRun:
    """A run that was saved, and what it is."""

    run_id: UUID
    assessment: Assessment


def provinces_to_judge(session: Session, window: Window, *, now: datetime) -> list[str]:
    """The provinces, by code, from which at least as many parcels were sent as the scheme there asks of a carrier."""
    first_two = sa.func.substr(col(ParcelRow.origin), 1, 2)
    counted = sa.select(first_two, sa.func.count()).where(*in_scope(Scope(window, None, now))).group_by(first_two)
    parcels: dict[str, int] = {prefix: count for prefix, count in session.connection().execute(counted)}
    schemes, provinces = schemes_of(session), [province.code for province in children_of(None)]
    return [code for code in provinces if parcels.get(code[:2], 0) >= schemes.on(window.last_day, code).minimum_parcels]


def save_division_run(engine: Engine, window: Window, division: str | None, *, now: datetime) -> DivisionRun | None:
    """Assess a window in a division under the scheme of its time, and keep the run; None where nobody sent anything."""
    assessment = _judge(engine, window, division, now=now)
    if not assessment.evidence:
        return None
    with transaction(engine) as session:
        return DivisionRun(save_run(session, assessment, created_at=now), assessment)


def save_claimed_run(
    engine: Engine, claim: Claim, window: Window, division: str | None, *, now: datetime, clock: Callable[[], datetime]
) -> DivisionRun | None:
    """The same for whoever holds a claim: finished together with the run, given back where nobody sent anything.

    Raises ClaimLost when it is no longer ours; then nothing is kept.
    """
    assessment = _judge(engine, window, division, now=now)
    with transaction(engine) as session:
        if not assessment.evidence:  # nothing to keep yet: the period stays open
            release_claim(session, claim)
            return None
        finish_claim(session, claim, finished_at=clock())
        return DivisionRun(save_run(session, assessment, created_at=now), assessment)


def save_province_runs(engine: Engine, window: Window, *, now: datetime) -> Iterator[DivisionRun]:
    """The same of every province that can be judged, in the order of their codes; each is kept before the next."""
    with reading(engine) as session:
        provinces = provinces_to_judge(session, window, now=now)
    for code in provinces:
        run = save_division_run(engine, window, code, now=now)
        if run is not None:
            yield run


def _judge(engine: Engine, window: Window, division: str | None, *, now: datetime) -> Assessment:
    with reading(engine) as session:
        scheme = schemes_of(session).on(window.last_day, division)
        return assess(session, scheme=scheme, window=window, division=division, as_of=now)
