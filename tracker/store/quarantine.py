"""The quarantine (隔离区): what could not be taken, kept as it came and never shown in a list."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from tracker.store.identity_store import vault_word
from tracker.store.quarantine_bounds import QuarantineLimits, Use, keep_within
from tracker.store.tables.quarantine import QuarantineRow
from tracker.wire.message import MAX_PAYLOAD_BYTES
from tracker.wire.sealing import seal_octets
from tracker.wire.signature import NotAJws
from tracker.wire.topics import GATEWAY_DEVICE, Post
from tracker.wire.vault_keys import NoSealingKey, Purpose, SealingKey, find_sealing_key, read_vault_word

KEPT_OF_THE_TOO_LARGE = 64 * 1024
DEFAULT_LIMITS = QuarantineLimits()


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


@dataclass(frozen=True, slots=True)
class Kept:
    """What is to be kept: a refused payload or a rejected event, why, and from whom."""

    body: bytes
    code: str
    reason: str
    post: Post


def holder_of(post: Post) -> str:
    """Whose bound a row counts against: the device's, or the gateways' together, which may name any station."""
    return GATEWAY_DEVICE if post.device == GATEWAY_DEVICE else post.username


def save_quarantined(
    session: Session, kept: Sequence[Kept], *, seen_at: datetime, limits: QuarantineLimits = DEFAULT_LIMITS
) -> None:
    """Keep many within the bounds; the same one again is only counted. One look-up and one insert for all."""
    by_key: dict[tuple[str, str, str], list[Kept]] = {}
    for each in kept:
        key = (hashlib.sha256(each.body).hexdigest(), str(each.code), holder_of(each.post))
        by_key.setdefault(key, []).append(each)
    for row in _find_rows(session, {digest for digest, _, _ in by_key}):
        again = by_key.pop((row.sha256, row.code, row.holder), [])
        if again:
            row.times_seen += len(again)
            row.last_seen = seen_at
    sealing_key = _sealing_key(session, seen_at) if by_key else None
    rows = [
        _row(same[0], digest, times_seen=len(same), seen_at=seen_at, key=sealing_key)
        for (digest, _, _), same in by_key.items()
    ]
    session.add_all(rows)
    session.flush()
    added: dict[str, Use] = {}
    for row in rows:
        added[row.holder] = added.get(row.holder, Use()) + Use(1, len(row.body or b""))
    if added:
        keep_within(session, limits, added, seen_at=seen_at)


def _find_rows(session: Session, digests: set[str]) -> Sequence[QuarantineRow]:
    """Without their bodies: many devices may have sent the same megabyte."""
    known = select(QuarantineRow).where(col(QuarantineRow.sha256).in_(digests))
    return session.exec(known.options(defer(cast(Any, QuarantineRow.body)))).all() if digests else []


def _sealing_key(session: Session, moment: datetime) -> SealingKey | None:
    """The vault's key for what is quarantined now; None where there is no vault, or none for this month."""
    word = vault_word(session)
    try:
        return find_sealing_key(read_vault_word(word), moment=moment, purpose=Purpose.QUARANTINE) if word else None
    except (NotAJws, NoSealingKey):
        return None


def _row(kept: Kept, digest: str, *, times_seen: int, seen_at: datetime, key: SealingKey | None) -> QuarantineRow:
    body = kept.body if len(kept.body) <= MAX_PAYLOAD_BYTES else kept.body[:KEPT_OF_THE_TOO_LARGE]
    return QuarantineRow(
        code=str(kept.code),
        reason=kept.reason,
        carrier=kept.post.carrier,
        station=kept.post.station,
        device=kept.post.device,
        holder=holder_of(kept.post),
        size=len(kept.body),
        sha256=digest,
        body=seal_octets(body, key=key, bound_to=digest) if key else body,
        kid=key.kid if key else None,
        times_seen=times_seen,
        first_seen=seen_at,
        last_seen=seen_at,
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
    return [quarantined_of(row) for row in session.exec(statement)]


def count_quarantined(session: Session) -> dict[str, int]:
    """How many are kept, by code."""
    statement = select(QuarantineRow.code, func.count()).group_by(col(QuarantineRow.code))
    return dict(session.exec(statement).all())


def quarantined_of(row: QuarantineRow) -> Quarantined:
    """The row without its body."""
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
