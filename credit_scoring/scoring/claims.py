"""Claims (任务认领): a job's period belongs to one worker, whoever holds which lock.

A claim is one row for (job, period). It is finished in the transaction that keeps the job's result, so that a period
has one result; a worker that died leaves an unfinished claim, which another may take over after a while. The
overtaken worker, should it still live, no longer finds its claim and must keep nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from credit_scoring.errors import ClaimLost
from tracker.store.database import reading, transaction
from tracker.store.tables.work import JobClaimRow

ABANDONED_AFTER = timedelta(minutes=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """A period of a job that is ours to run."""

    job: str
    period: str
    claimed_at: datetime


def period_of(moment: datetime, length: timedelta) -> str:
    """The name of the period in which a moment lies: its first minute in UTC."""
    start = moment.astimezone(UTC) - (moment - _EPOCH) % length
    return start.strftime("%Y-%m-%dT%H:%M:%SZ")


def claim_period(engine: Engine, job: str, period: str, *, now: datetime) -> Claim | None:
    """Claim a period; None when it is finished or another worker's, who has not been silent for long."""
    claim = Claim(job, period, now)
    with reading(engine) as session:
        row = session.get(JobClaimRow, (job, period))
        if row is not None and (row.finished_at is not None or row.claimed_at > now - ABANDONED_AFTER):
            return None
    return claim if (_take_over(engine, claim) if row is not None else _claim_first(engine, claim)) else None


def finish_claim(session: Session, claim: Claim, *, finished_at: datetime) -> None:
    """Close our claim, in the transaction that keeps the job's result; raises ClaimLost when it is no longer ours."""
    statement = (
        sa.update(JobClaimRow)
        .where(*_same(claim), col(JobClaimRow.claimed_at) == claim.claimed_at, col(JobClaimRow.finished_at).is_(None))
        .values(finished_at=finished_at)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise ClaimLost("claim_lost", f"{claim.job} {claim.period} now belongs to another worker")


def release_claim(session: Session, claim: Claim) -> None:
    """Give a claim back that had nothing to keep, so that the period can be done once there is something."""
    mine = (*_same(claim), col(JobClaimRow.claimed_at) == claim.claimed_at, col(JobClaimRow.finished_at).is_(None))
    session.connection().execute(sa.delete(JobClaimRow).where(*mine))


def _claim_first(engine: Engine, claim: Claim) -> bool:
    try:
        with transaction(engine) as session:
            session.add(JobClaimRow(job=claim.job, period=claim.period, claimed_at=claim.claimed_at))
    except IntegrityError:  # another worker was faster
        return False
    return True


def _take_over(engine: Engine, claim: Claim) -> bool:
    abandoned = col(JobClaimRow.claimed_at) <= claim.claimed_at - ABANDONED_AFTER
    statement = (
        sa.update(JobClaimRow)
        .where(*_same(claim), abandoned, col(JobClaimRow.finished_at).is_(None))
        .values(claimed_at=claim.claimed_at)
    )
    with transaction(engine) as session:
        return session.connection().execute(statement).rowcount == 1


def _same(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(JobClaimRow.job) == claim.job, col(JobClaimRow.period) == claim.period)
