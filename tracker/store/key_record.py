"""The record of the tracker's keys (回执密钥档案): which signed when, and the notices that join them; no secret.

The key files are the authority, and write here whenever they are opened or change; the web tells from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.store.database import insert_into
from tracker.store.tables.registry import TrackerKeyRow


class Standing(StrEnum):
    """What a key is for now."""

    PAST = "past"  # signed receipts once
    PRESENT = "present"
    NEXT = "next"  # announced, signs nothing yet


@dataclass(frozen=True, slots=True)
class RecordedKey:
    """A key of the tracker; `notices` are the two of the change that brought it (none for the first)."""

    kid: str
    standing: Standing
    made_at: datetime
    notices: tuple[str, ...] = ()


def recorded_keys(session: Session) -> list[RecordedKey]:
    """Every key that this store knows of, oldest first."""
    rows = session.exec(select(TrackerKeyRow).order_by(col(TrackerKeyRow.made_at), col(TrackerKeyRow.kid)))
    return [RecordedKey(row.kid, Standing(row.standing), row.made_at, tuple(row.notices.split())) for row in rows]


def present_kids(session: Session) -> list[str]:
    """The key that signs for this store, as its record tells: none before the first, one after."""
    present = select(TrackerKeyRow.kid).where(TrackerKeyRow.standing == Standing.PRESENT)
    return list(session.exec(present.order_by(col(TrackerKeyRow.kid))))


def record_keys(session: Session, keys: Sequence[RecordedKey]) -> None:
    """Write the keys as they stand now; one that is not among them any more is of the past, or was never used.

    Processes that start at once write the same: what the other has just written is no hindrance.
    """
    untold = col(TrackerKeyRow.kid).not_in([key.kid for key in keys])
    session.execute(sa.delete(TrackerKeyRow).where(untold, col(TrackerKeyRow.standing) == Standing.NEXT))
    session.execute(sa.update(TrackerKeyRow).where(untold).values(standing=Standing.PAST))
    for key in sorted(keys, key=lambda key: key.kid):  # in one order: two writers wait, never for each other
        told = {"standing": key.standing, "notices": " ".join(key.notices)}
        statement = insert_into(session, TrackerKeyRow).values(kid=key.kid, made_at=key.made_at, **told)
        session.execute(statement.on_conflict_do_update(index_elements=["kid"], set_=told))
