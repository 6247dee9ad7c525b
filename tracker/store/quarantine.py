"""The quarantine (隔离区): what could not be taken, kept as it came and never shown in a list."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from tracker.store.tables import QuarantineRow
from tracker.wire.message import MAX_PAYLOAD_BYTES
from tracker.wire.topics import Post

KEPT_OF_THE_TOO_LARGE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One kept payload or event, without its body. `sha256` (hex) is of the whole, also where only a part is kept."""

    id: int
    code: str
    reason: str
    carrier: str
    station: str
    device: str
    size: int
    sha256: str
    times_seen: int
    first_seen: datetime
    last_seen: datetime


def save_quarantined(session: Session, body: bytes, *, code: str, reason: str, post: Post, seen_at: datetime) -> None:
    """Keep a refused payload or a rejected event; the same one again is only counted."""
    digest = hashlib.sha256(body).hexdigest()
    statement = select(QuarantineRow).where(QuarantineRow.sha256 == digest, QuarantineRow.code == code)
    row = session.exec(statement).first()
    if row is not None:
        row.times_seen += 1
        row.last_seen = seen_at
        return
    session.add(
        QuarantineRow(
            code=code,
            reason=reason,
            carrier=post.carrier,
            station=post.station,
            device=post.device,
            size=len(body),
            sha256=digest,
            body=body if len(body) <= MAX_PAYLOAD_BYTES else body[:KEPT_OF_THE_TOO_LARGE],
            first_seen=seen_at,
            last_seen=seen_at,
        )
    )


def find_quarantined(
    session: Session, *, code: str | None = None, before: int | None = None, limit: int = 100
) -> list[Quarantined]:
    """The newest first; `before` is the id of the last one seen."""
    statement = select(QuarantineRow).order_by(col(QuarantineRow.id).desc()).limit(limit)
    if code is not None:
        statement = statement.where(QuarantineRow.code == code)
    if before is not None:
        statement = statement.where(col(QuarantineRow.id) < before)
    return [_quarantined(row) for row in session.exec(statement)]


def count_quarantined(session: Session) -> dict[str, int]:
    """How many are kept, by code."""
    statement = select(QuarantineRow.code, func.count()).group_by(col(QuarantineRow.code))
    return dict(session.exec(statement).all())


def _quarantined(row: QuarantineRow) -> Quarantined:
    assert row.id is not None
    return Quarantined(
        id=row.id,
        code=row.code,
        reason=row.reason,
        carrier=row.carrier,
        station=row.station,
        device=row.device,
        size=row.size,
        sha256=row.sha256,
        times_seen=row.times_seen,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )
