"""The record of the tracker's keys (回执密钥档案): which signed when, and the notices that join them; no secret.

The key files are the authority, and write here whenever they are opened or change; the web tells from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from tracker.store.tables import TrackerKeyRow


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


def record_keys(session: Session, keys: Sequence[RecordedKey]) -> None:
    """Write the keys as they stand now; one that is not among them any more is of the past, or was never used."""
    known = {row.kid: row for row in session.exec(select(TrackerKeyRow))}
    told = {key.kid: key for key in keys}
    for kid, row in known.items():
        if kid not in told and row.standing == Standing.NEXT:
            session.delete(row)
        elif kid not in told:
            row.standing = Standing.PAST
    for kid, key in told.items():
        row = known.get(kid) or TrackerKeyRow(kid=kid, standing=key.standing, made_at=key.made_at)
        row.standing, row.notices = key.standing, " ".join(key.notices)
        session.add(row)
