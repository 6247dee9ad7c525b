"""Wrong tries at a parcel's door (试错计数): counted by parcel and by address, for an hour, in a bounded table."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from tracker.store.bulk import table_of
from tracker.store.database import insert_into
from tracker.store.tables.work import DoorMissRow

_MISS = table_of(DoorMissRow)

WINDOW = timedelta(hours=1)  # from the first miss on; then it is forgotten
MOST_ROWS = 100_000  # above it the oldest go


def count_try(session: Session, limits: Mapping[str, int], *, now: datetime) -> timedelta | None:
    """Count a try for each subject; how long to wait where one has had more than its limit, else None.

    Counting comes before looking, so that tries at the same moment are all counted. `forget_try` takes a hit back.
    """
    _forget_old(session, now=now)
    waits = []
    for subject, most in sorted(limits.items()):  # one order: no deadlock
        wrong, since = _add(session, subject, now=now)
        if wrong > most:
            waits.append(since + WINDOW - now)
    return max(waits, default=None)


def forget_try(session: Session, subjects: Mapping[str, int]) -> None:
    """A try that was a hit counts nothing."""
    fewer = sa.update(_MISS).where(_MISS.c.subject.in_(list(subjects)), _MISS.c.misses > 0)
    session.connection().execute(fewer.values(misses=_MISS.c.misses - 1))


def _add(session: Session, subject: str, *, now: datetime) -> tuple[int, datetime]:
    adding = insert_into(session, _MISS).values(subject=subject, misses=1, since=now)
    counted = adding.on_conflict_do_update(index_elements=["subject"], set_={"misses": _MISS.c.misses + 1})
    row = session.connection().execute(counted.returning(_MISS.c.misses, _MISS.c.since)).one()
    return row.misses, row.since


def _forget_old(session: Session, *, now: datetime) -> None:
    """What an hour has passed over, and, above the bound, the oldest."""
    connection = session.connection()
    connection.execute(sa.delete(_MISS).where(_MISS.c.since <= now - WINDOW))
    excess = connection.execute(sa.select(sa.func.count()).select_from(_MISS)).scalar_one() - MOST_ROWS
    if excess > 0:
        oldest = sa.select(_MISS.c.subject).order_by(_MISS.c.since).limit(excess)
        connection.execute(sa.delete(_MISS).where(_MISS.c.subject.in_(oldest)))
