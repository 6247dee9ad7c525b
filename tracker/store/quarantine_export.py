"""The quarantine's export (隔离区导出): the oldest first with their bytes, and the removal of what was taken out."""

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.store.bulk import table_of
from tracker.store.event_store import log_head
from tracker.store.quarantine import Quarantined, quarantined_of
from tracker.store.quarantine_bounds import Use, add_use
from tracker.store.tables.quarantine import QuarantineRow
from tracker.store.tally import add_tallies

_ROW = table_of(QuarantineRow)


@dataclass(frozen=True, slots=True)
class QuarantinedBody:
    """A row and its bytes: all, the first 64 KiB of what was above 1 MiB, or None where the bound took them.

    They are sealed to the vault's key `kid` where that is named.
    """

    row: Quarantined
    body: bytes | None
    kid: str | None = None


def find_bodies(
    session: Session, *, after: int, before: int | None, code: str | None, limit: int
) -> list[QuarantinedBody]:
    """Rows with ids above `after` and below `before`, the oldest first."""
    statement = select(QuarantineRow).where(col(QuarantineRow.id) > after).order_by(col(QuarantineRow.id)).limit(limit)
    if before is not None:
        statement = statement.where(col(QuarantineRow.id) < before)
    if code is not None:
        statement = statement.where(QuarantineRow.code == code)
    return [QuarantinedBody(quarantined_of(row), row.body, row.kid) for row in session.exec(statement)]


def drop_quarantined(session: Session, *, through: int, code: str | None, limit: int) -> int:
    """Remove at most `limit` of the oldest rows with ids up to `through`; how many went, tallied by code."""
    log_head(session, lock=True)  # one at a time with the tracker, which counts the same rows
    oldest = sa.select(_ROW.c.id, _ROW.c.holder, _ROW.c.code, sa.func.coalesce(sa.func.length(_ROW.c.body), 0))
    oldest = oldest.where(_ROW.c.id <= through).order_by(_ROW.c.id).limit(limit)
    found = session.connection().execute(oldest.where(_ROW.c.code == code) if code else oldest).all()
    uses: dict[str, Use] = {}
    for _, holder, _, size in found:
        uses[holder] = uses.get(holder, Use()) + Use(-1, -size)
    if found:
        session.connection().execute(sa.delete(_ROW).where(_ROW.c.id.in_([row.id for row in found])))
        add_use(session, uses)
        add_tallies(session, Counter(("quarantine_row_dropped", row.code) for row in found))
    return len(found)
