"""The saved runs as a series (历次考核): which there are, the newest of each window, and what came out of them.

No sealed evidence is read, and nothing is counted: a page asks for as many runs as it likes.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from credit_scoring.evidence.window import Window
from credit_scoring.scoring.run_results import RunHead, RunResults, parse_results
from credit_scoring.scoring.score_store import ScoreRunRow

_HEAD = (
    col(ScoreRunRow.run_id),
    col(ScoreRunRow.scheme),
    col(ScoreRunRow.from_date),
    col(ScoreRunRow.to_date),
    col(ScoreRunRow.division),
    col(ScoreRunRow.as_of),
    col(ScoreRunRow.position),
)


def runs_in(session: Session, windows: Collection[Window], division: str | None) -> dict[str, dict[Window, RunHead]]:
    """By scheme: the newest run of each of these windows that has one, of exactly this division."""
    found: dict[str, dict[Window, RunHead]] = {}
    for head in _heads(session, windows, _in_divisions([division])):
        found.setdefault(head.scheme, {})[head.window] = head
    return found


def runs_by_division(session: Session, window: Window, divisions: Collection[str]) -> dict[str, RunHead]:
    """The newest run of a window in each of these divisions that has one."""
    heads = _heads(session, [window], _in_divisions(divisions))
    return {head.division: head for head in heads if head.division is not None}


def windows_judged(session: Session, divisions: Collection[str | None], *, limit: int) -> list[Window]:
    """The windows that have a run in any of these divisions (None: nationwide), the latest first."""
    first, after = col(ScoreRunRow.from_date), col(ScoreRunRow.to_date)
    statement = sa.select(first, after).where(_in_divisions(divisions)).distinct()
    rows = session.connection().execute(statement.order_by(after.desc(), first.desc()).limit(limit))
    return [Window(*row) for row in rows]


def results_of(session: Session, heads: Iterable[RunHead]) -> dict[UUID, RunResults]:
    """What came out of these runs, by their ids."""
    known = {head.run_id: head for head in heads}
    run_id = col(ScoreRunRow.run_id)
    statement = sa.select(run_id, col(ScoreRunRow.result)).where(run_id.in_(list(known)))
    return {found: parse_results(known[found], result) for found, result in session.connection().execute(statement)}


def _in_divisions(divisions: Collection[str | None]) -> ColumnElement[bool]:
    division = col(ScoreRunRow.division)
    among = division.in_([code for code in divisions if code is not None])
    return sa.or_(among, division.is_(None)) if None in divisions else among


def _heads(session: Session, windows: Collection[Window], where: ColumnElement[bool]) -> list[RunHead]:
    """The older first."""
    wanted = set(windows)
    statement = (
        sa.select(*_HEAD)
        .where(where, col(ScoreRunRow.from_date).in_({window.from_date for window in wanted}))
        .order_by(col(ScoreRunRow.as_of), col(ScoreRunRow.run_id))
    )
    heads = (
        RunHead(row.run_id, row.scheme, Window(row.from_date, row.to_date), row.division, row.as_of, row.position)
        for row in session.connection().execute(statement)
    )
    return [head for head in heads if head.window in wanted]
