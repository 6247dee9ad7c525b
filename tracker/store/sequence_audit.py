"""The audit of sequences (终端计数审计): each device's numbers against the store's, and those that never came.

A number has come when a recorded event bears it, or when it was answered without one (see tracker.store.sequences).
One pass over the index on (device_no, seq) for each device, in the database: no row is read, whatever their number.

A gap is not missing where the counter began again below what it had reached, as a new outbox does: there the scans
above the gap were signed, and on a station also made, before those below it. Within one life of an outbox both times
go up with the number. A gateway's scans are of any age, so for it the signing alone decides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from tracker.store.bulk import table_of
from tracker.store.sequences import AnsweredAs
from tracker.store.tables import AnsweredSeqRow, BatchRow, DeviceRow, EventRow, QuarantineRow
from tracker.wire.errors import RefusalCode
from tracker.wire.topics import GATEWAY_DEVICE, Post

MAX_GAPS = 1_000  # of one device; more are not looked at, and the report says so

_EVENT, _ANSWERED, _BATCH = table_of(EventRow), table_of(AnsweredSeqRow), table_of(BatchRow)
_DEVICE, _QUARANTINE = table_of(DeviceRow), table_of(QuarantineRow)
_GAPS = sa.text(
    "WITH seen AS (SELECT seq FROM event WHERE device_no = :device_no"
    " UNION ALL SELECT seq FROM answered_seq WHERE device_no = :device_no),"
    " stepped AS (SELECT seq, lag(seq) OVER (ORDER BY seq) AS before FROM seen)"
    " SELECT before, seq FROM stepped WHERE seq > before + 1 ORDER BY seq LIMIT :most"
)


class GapKind(StrEnum):
    """Why numbers are absent."""

    MISSING = "missing"  # 缺号
    PENDING = "pending"  # 可能在途: the scans above it were recorded a moment ago; it may be sent again
    RESTART = "restart"  # 重新计数: the counter began again below it


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that never came, both ends included."""

    first: int
    last: int
    kind: GapKind

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """One device's numbers. `first` and `highest` are None where nothing ever came.

    `reused` counts recorded events whose number another one bears; `known` those that came again under another number.
    """

    post: Post
    first: int | None
    highest: int | None
    recorded: int
    rejected: int
    known: int
    reused: int
    refused_batches: int
    gaps: tuple[Gap, ...]
    has_more_gaps: bool

    def find_gaps(self, kind: GapKind) -> list[Gap]:
        """The gaps of one kind, in order."""
        return [gap for gap in self.gaps if gap.kind is kind]

    @property
    def missing(self) -> int:
        """How many numbers are missing."""
        return sum(gap.size for gap in self.find_gaps(GapKind.MISSING))


@dataclass(frozen=True, slots=True)
class _Edge:
    """When the scans on one side of a gap were signed and made, in ms; None where their batch is no UUIDv7."""

    signed: tuple[int | None, ...]
    made: tuple[int, ...]
    recorded_at: tuple[datetime, ...]


def find_audited_devices(session: Session) -> list[tuple[int, Post]]:
    """Every device that ever could have sent: a gateway's once for each (carrier, station)."""
    statement = (
        sa.select(_DEVICE.c.device_no, _DEVICE.c.carrier, _DEVICE.c.station, _DEVICE.c.device)
        .where(_DEVICE.c.carrier != "*")
        .order_by(_DEVICE.c.carrier, _DEVICE.c.station, _DEVICE.c.device)
    )
    return [(number, Post(*codes)) for number, *codes in session.connection().execute(statement)]


def count_refused_batches(session: Session) -> dict[Post, int]:
    """Batches refused whole that the quarantine keeps, by the topic they came on: nobody vouches for their numbers."""
    names = (_QUARANTINE.c.carrier, _QUARANTINE.c.station, _QUARANTINE.c.device)
    codes = [code.value for code in RefusalCode]
    statement = sa.select(*names, sa.func.count()).where(_QUARANTINE.c.code.in_(codes)).group_by(*names)
    return {Post(*codes): number for *codes, number in session.connection().execute(statement)}


def audit_sequence(
    session: Session, device_no: int, post: Post, *, settled_before: datetime, refused_batches: int = 0
) -> Sequence:
    """One device's numbers; a gap below scans that were recorded after `settled_before` may still be filled."""
    connection = session.connection()
    seqs = sa.select(
        sa.func.count(), sa.func.count(_EVENT.c.seq.distinct()), sa.func.min(_EVENT.c.seq), sa.func.max(_EVENT.c.seq)
    ).where(_EVENT.c.device_no == device_no)
    recorded, distinct, *ends = connection.execute(seqs).one()
    answered = (
        sa.select(_ANSWERED.c.outcome, sa.func.count(), sa.func.min(_ANSWERED.c.seq), sa.func.max(_ANSWERED.c.seq))
        .where(_ANSWERED.c.device_no == device_no)
        .group_by(_ANSWERED.c.outcome)
    )
    counts: dict[str, int] = {}
    for outcome, number, lowest, highest in connection.execute(answered):
        counts[outcome] = number
        ends += [lowest, highest]
    reached = [seq for seq in ends if seq is not None]
    gaps = connection.execute(_GAPS, {"device_no": device_no, "most": MAX_GAPS + 1}).all()
    return Sequence(
        post=post,
        first=min(reached, default=None),
        highest=max(reached, default=None),
        recorded=recorded,
        rejected=counts.get(AnsweredAs.REJECTED, 0),
        known=counts.get(AnsweredAs.KNOWN, 0),
        reused=recorded - distinct,
        refused_batches=refused_batches,
        gaps=tuple(_judge(session, device_no, post, gaps[:MAX_GAPS], settled_before)),
        has_more_gaps=len(gaps) > MAX_GAPS,
    )


def _judge(
    session: Session, device_no: int, post: Post, gaps: Iterable[sa.Row[Any]], settled_before: datetime
) -> Iterator[Gap]:
    for gap in gaps:
        below, above = gap.before, gap.seq
        lower = _edge(session, device_no, sa.func.max(_EVENT.c.seq), _EVENT.c.seq <= below)
        upper = _edge(session, device_no, sa.func.min(_EVENT.c.seq), _EVENT.c.seq >= above)
        kind = GapKind.MISSING
        if _began_again(lower, upper, is_gateway=post.device == GATEWAY_DEVICE):
            kind = GapKind.RESTART
        elif min(upper.recorded_at, default=settled_before) > settled_before:
            kind = GapKind.PENDING
        yield Gap(below + 1, above - 1, kind)


def _edge(session: Session, device_no: int, nearest: Any, beyond: sa.ColumnElement[bool]) -> _Edge:
    """The recorded events nearest to a gap on one side, several where their number was reused."""
    seq = sa.select(nearest).where(_EVENT.c.device_no == device_no, beyond).scalar_subquery()
    statement = (
        sa.select(_EVENT.c.event_id, _BATCH.c.batch_id, _EVENT.c.record_time)
        .join(_BATCH, _BATCH.c.batch_no == _EVENT.c.batch_no)
        .where(_EVENT.c.device_no == device_no, _EVENT.c.seq == seq)
    )
    rows = session.connection().execute(statement).all()
    return _Edge(
        signed=tuple(_signed_at(row.batch_id) for row in rows),
        made=tuple(row.event_id.int >> 80 for row in rows),
        recorded_at=tuple(row.record_time for row in rows),
    )


def _signed_at(batch_id: UUID) -> int | None:
    return batch_id.int >> 80 if batch_id.version == 7 else None


def _began_again(lower: _Edge, upper: _Edge, *, is_gateway: bool) -> bool:
    """Whether all that is below came after all that is above; where that cannot be told, it did not."""
    below = [moment for moment in lower.signed if moment is not None]
    above = [moment for moment in upper.signed if moment is not None]
    if not below or len(below) < len(lower.signed) or not above or len(above) < len(upper.signed):
        return False
    return min(below) > max(above) and (is_gateway or min(lower.made) > max(upper.made))
