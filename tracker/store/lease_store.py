"""The leases' rows (租约库): read, take, renew, give back. The caller commits."""

import sqlalchemy as sa
from sqlmodel import Session

from tracker.store.bulk import table_of
from tracker.store.lease import Lease
from tracker.store.tables.work import LeaseRow

_LEASE = table_of(LeaseRow)


def lease_of(session: Session, job: str) -> Lease:
    """The lease of a job; a free one where nobody has ever held it."""
    statement = sa.select(_LEASE.c.number, _LEASE.c.holder, _LEASE.c.beat).where(_LEASE.c.job == job)
    row = session.connection().execute(statement).first()
    return Lease(*row) if row else Lease()


def take_lease(session: Session, job: str, *, seen: Lease, holder: str) -> int | None:
    """Take a lease that is still as it was `seen`; its new number, or None where it has moved since.

    Raises IntegrityError where another was faster to take a lease that nobody ever had.
    """
    connection, number = session.connection(), seen.number + 1
    if seen == Lease():
        connection.execute(sa.insert(_LEASE).values(job=job, number=number, holder=holder, beat=0))
        return number
    taking = _as_it_was(job, seen.number).where(_LEASE.c.beat == seen.beat)
    taken = connection.execute(taking.values(number=number, holder=holder, beat=0)).rowcount == 1
    return number if taken else None


def renew_lease(session: Session, job: str, number: int) -> bool:
    """Show a sign of life; False where the lease has another number by now."""
    return session.connection().execute(_as_it_was(job, number).values(beat=_LEASE.c.beat + 1)).rowcount == 1


def free_lease(session: Session, job: str, number: int) -> None:
    """Give the lease back, where it is still ours."""
    session.connection().execute(_as_it_was(job, number).values(holder=None))


def _as_it_was(job: str, number: int) -> sa.Update:
    return sa.update(_LEASE).where(_LEASE.c.job == job, _LEASE.c.number == number)
