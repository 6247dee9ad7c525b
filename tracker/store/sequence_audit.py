"""The audit of sequences (终端计数审计): each device's numbers against the store's, and those that never came.

A number has come when a recorded event bears it, or when it was answered without one (see tracker.store.sequences).
Of archived events the numbers are kept as ranges, with the times at their ends.
One pass over the index on (device_no, seq) for each device, in the database: no row is read, whatever their number.

A gap is not missing where the counter began again below what it had reached, as a new outbox does: there the scans
above the gap were signed, and on a station also made, before those below it. Within one life of an outbox both times
go up with the number. A gateway's scans are of any age, so for it the signing alone decides.
"""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from tracker.store.archived import not_going
from tracker.store.bulk import table_of
from tracker.store.sequences import AnsweredAs
from tracker.store.tables.archived import ArchivedSeqRow
from tracker.store.tables.event_log import BatchRow, EventRow
from tracker.store.tables.quarantine import QuarantineRow
from tracker.store.tables.registry import AnsweredSeqRow, DeviceRow
from tracker.wire.errors import RefusalCode
from tracker.wire.topics import GATEWAY_DEVICE, Post

MAX_GAPS = 1_000  # of one device; more are not looked at, and the report says so

_EVENT, _ANSWERED, _BATCH = table_of(EventRow), table_of(AnsweredSeqRow), table_of(BatchRow)
_ARCHIVED = table_of(ArchivedSeqRow)
_DEVICE, _QUARANTINE = table_of(DeviceRow), table_of(QuarantineRow)
_GAPS = sa.text(
    "WITH seen AS (SELECT seq, seq AS last FROM event WHERE device_no = :device_no"
    " UNION ALL SELECT seq, seq FROM answered_seq WHERE device_no = :device_no"
    " UNION ALL SELECT first, last FROM archived_seq WHERE device_no = :device_no),"
    " stepped AS (SELECT seq, max(last) OVER (ORDER BY seq, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    " AS before FROM seen)"
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
    """The number nearest to a gap on one side, None for none, and when its scans were signed and made, in ms; signed
    is None where their batch is no UUIDv7. Archived ones were recorded long ago."""

    seq: int | None
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
    archived, here = _archived_ranges(session, device_no), not_going(session)
    seqs = sa.select(
        sa.func.count(), sa.func.count(_EVENT.c.seq.distinct()), sa.func.min(_EVENT.c.seq), sa.func.max(_EVENT.c.seq)
    ).where(_EVENT.c.device_no == device_no, here)
    recorded, distinct, *ends = connection.execute(seqs).one()
    for first, last in _merge(archived):
        common = sa.select(sa.func.count(_EVENT.c.seq.distinct())).where(
            _EVENT.c.device_no == device_no, _EVENT.c.seq.between(first, last), here
        )
        distinct += last - first + 1 - connection.execute(common).scalar_one()
        ends += [first, last]
    recorded += sum(each.events for each in archived)
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
        gaps=tuple(_judge(session, device_no, post, gaps[:MAX_GAPS], archived=archived, settled_before=settled_before)),
        has_more_gaps=len(gaps) > MAX_GAPS,
    )


def _archived_ranges(session: Session, device_no: int) -> Seq[sa.Row[Any]]:
    """A device's numbers that went with closed months."""
    return session.connection().execute(sa.select(_ARCHIVED).where(_ARCHIVED.c.device_no == device_no)).all()


def _merge(ranges: Iterable[sa.Row[Any]]) -> list[tuple[int, int]]:
    """Ranges without what they have in common: a counter that began again in another month uses numbers twice."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted((each.first, each.last) for each in ranges):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _judge(
    session: Session,
    device_no: int,
    post: Post,
    gaps: Iterable[sa.Row[Any]],
    *,
    archived: Seq[sa.Row[Any]],
    settled_before: datetime,
) -> Iterator[Gap]:
    for gap in gaps:
        below, above = gap.before, gap.seq
        lower = _nearer(
            max,
            _edge(session, device_no, sa.func.max(_EVENT.c.seq), _EVENT.c.seq <= below),
            *(_Edge(each.last, (each.last_signed,), (each.last_made,), ()) for each in archived if each.last <= below),
        )
        upper = _nearer(
            min,
            _edge(session, device_no, sa.func.min(_EVENT.c.seq), _EVENT.c.seq >= above),
            *(
                _Edge(each.first, (each.first_signed,), (each.first_made,), ())
                for each in archived
                if each.first >= above
            ),
        )
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
        sa.select(_EVENT.c.seq, _EVENT.c.event_id, _BATCH.c.batch_id, _EVENT.c.record_time)
        .join(_BATCH, _BATCH.c.batch_no == _EVENT.c.batch_no)
        .where(_EVENT.c.device_no == device_no, _EVENT.c.seq == seq)
    )
    rows = session.connection().execute(statement).all()
    return _Edge(
        seq=rows[0].seq if rows else None,
        signed=tuple(signed_at(row.batch_id) for row in rows),
        made=tuple(row.event_id.int >> 80 for row in rows),
        recorded_at=tuple(row.record_time for row in rows),
    )


def _nearer(nearest: Callable[[Iterable[int]], int], *edges: _Edge) -> _Edge:
    """The edge nearest to the gap, of what is here and what is archived; both, where both have that number."""
    known = [edge.seq for edge in edges if edge.seq is not None]
    if not known:
        return _Edge(None, (), (), ())
    found = [edge for edge in edges if edge.seq == nearest(known)]
    return _Edge(
        seq=found[0].seq,
        signed=tuple(moment for edge in found for moment in edge.signed),
        made=tuple(moment for edge in found for moment in edge.made),
        recorded_at=tuple(moment for edge in found for moment in edge.recorded_at),
    )


def signed_at(batch_id: UUID) -> int | None:
    """When a batch was signed, in ms since 1970; None where its id tells none."""
    return batch_id.int >> 80 if batch_id.version == 7 else None


def _began_again(lower: _Edge, upper: _Edge, *, is_gateway: bool) -> bool:
    """Whether all that is below came after all that is above; where that cannot be told, it did not."""
    below = [moment for moment in lower.signed if moment is not None]
    above = [moment for moment in upper.signed if moment is not None]
    if not below or len(below) < len(lower.signed) or not above or len(above) < len(upper.signed):
        return False
    return min(below) > max(above) and (is_gateway or min(lower.made) > max(upper.made))
