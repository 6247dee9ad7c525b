"""Tallies (计数): how often intake met each outcome, counted with the commit, so that no restart forgets."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlmodel import Session, select

from tracker.store.tables.work import TallyRow

_ADD = sa.text(
    "INSERT INTO tally (outcome, code, count) VALUES (:outcome, :code, :n) "
    "ON CONFLICT (outcome, code) DO UPDATE SET count = tally.count + excluded.count"
)


def add_tallies(session: Session, counts: Mapping[tuple[str, str], int]) -> None:
    """Add to many (outcome, code) counts."""
    rows = [{"outcome": outcome, "code": code, "n": n} for (outcome, code), n in sorted(counts.items()) if n]
    if rows:
        session.connection().execute(_ADD, rows)


def tallies(session: Session) -> dict[tuple[str, str], int]:
    """(outcome, code) → count since the store began."""
    return {(row.outcome, row.code): row.count for row in session.exec(select(TallyRow))}
