"""Identity records by state (实名记录计数): counted with each change, for a count of all would read them all."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlmodel import Session

from tracker.store.bulk import table_of
from tracker.store.tables.identities import BoxCountRow

_COUNT = table_of(BoxCountRow)
_ADD = sa.text(
    "INSERT INTO box_count (state, records) VALUES (:state, :n) "
    "ON CONFLICT (state) DO UPDATE SET records = box_count.records + excluded.records"
)


def add_boxes(session: Session, changes: Mapping[str, int]) -> None:
    """Add to many states' counts, or take away from them, in the transaction that changes the records."""
    rows = [{"state": state, "n": n} for state, n in sorted(changes.items()) if n]  # one order: no deadlock
    if rows:
        session.connection().execute(_ADD, rows)


def count_boxes(session: Session) -> dict[str, int]:
    """How many records there are by what was found in each; absent where none."""
    counted = sa.select(_COUNT.c.state, _COUNT.c.records).where(_COUNT.c.records != 0)
    return {state: count for state, count in session.connection().execute(counted)}
