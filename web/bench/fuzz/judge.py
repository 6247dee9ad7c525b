"""The judge (裁判): after each commit, was everything answered and kept, and is every new row one that was signed?

Believes the notebook of what was signed and the standard library's JSON, not the code that it judges.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, select

from tracker.chain.fold import fold
from tracker.intake.delivery import Read, ReadBatch, RefusedBatch
from tracker.store.bulk import table_of
from tracker.store.event_store import events_of_many, log_head
from tracker.store.parcel_store import parcels_of
from tracker.store.quarantine_bounds import ALL, QuarantineLimits, Use, use_of
from tracker.store.tables.event_log import BatchRow, EventRow
from tracker.store.tables.quarantine import QuarantineRow
from tracker.store.tables.registry import DeviceRow
from tracker.wire.receipt import BatchReceipt
from tracker.wire.signature import decode_base64url, digest_of
from tracker.wire.topics import Post
from web.bench.fuzz.notebook import Notebook
from web.bench.fuzz.writer import Payload

_EVENT, _BATCH, _DEVICE, _KEPT = (table_of(each) for each in (EventRow, BatchRow, DeviceRow, QuarantineRow))
MICROSECOND = timedelta(microseconds=1)
FOLDED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Violation:
    """What must not happen, and in which payload; `number` is None where it is nobody's in particular."""

    number: int | None
    kind: str
    what: str


@dataclass(slots=True)
class Judge:
    """Holds what came out against what was sent."""

    notebook: Notebook
    violations: list[Violation] = field(default_factory=list)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _position: int = 0

    def blame(self, number: int | None, kind: str, what: str) -> None:
        self.violations.append(Violation(number, kind, what))

    def see_answers(
        self,
        sent: Mapping[int, Payload],
        read: Mapping[int, Read],
        lines: Mapping[tuple[Post, str], list[BatchReceipt]],
    ) -> None:
        """One line of a receipt for each payload, and what it promised."""
        for number, payload in sent.items():
            waiting = lines.get((payload.post, digest_of(payload.octets)))
            if not waiting:
                self.blame(number, payload.kind, "no line in a receipt")
                continue
            self._see_line(number, payload, waiting.pop(0), read[number])

    def _see_line(self, number: int, payload: Payload, line: BatchReceipt, read: Read) -> None:
        self.codes["recorded", ""] += line.recorded
        self.codes["duplicate", ""] += line.duplicates
        self.codes.update(("rejected", rejection.code) for rejection in line.rejected)
        if line.refused:
            self.codes["refused", line.refused.code] += 1
        answered = line.recorded + line.duplicates + len(line.rejected)
        told = len(read.events) if isinstance(read, ReadBatch) else 0
        if answered != told or (line.refused is None) != isinstance(read, ReadBatch):
            self.blame(number, payload.kind, f"{answered} events answered of {told}")
        if payload.fresh is not None and (line.recorded, len(line.rejected)) != (payload.fresh, 0):
            self.blame(
                number, payload.kind, f"a good batch of {payload.fresh} recorded {line.recorded}: {line.refused}"
            )
        if payload.known is not None and line.duplicates != payload.known:
            self.blame(number, payload.kind, f"{line.duplicates} known of {payload.known}: {line.refused}")

    def see_quarantine(self, session: Session, sent: Mapping[int, Payload], read: Mapping[int, Read]) -> None:
        """Whatever was refused is kept; so is each event that was read and could not be taken."""
        wanted = {(_hex(octets), code): number for number, each in read.items() for octets, code in _unfit(each)}
        rows = session.exec(
            select(QuarantineRow.sha256, QuarantineRow.code).where(
                sa.column("sha256").in_({digest for digest, _ in wanted})
            )
        )
        for key in wanted.keys() - {(digest, code) for digest, code in rows}:
            self.blame(wanted[key], sent[wanted[key]].kind, f"{key[1]} is not in quarantine")

    def see_rows(self, session: Session) -> None:
        """Every new row: signed by a key that may speak there, told as it stands in its own bytes, without a gap."""
        rows = session.connection().execute(
            sa.select(_EVENT, _BATCH.c.head, _DEVICE.c.carrier, _DEVICE.c.station, _DEVICE.c.device)
            .join(_BATCH, _BATCH.c.batch_no == _EVENT.c.batch_no)
            .join(_DEVICE, _DEVICE.c.device_no == _EVENT.c.device_no)
            .where(_EVENT.c.position > self._position)
            .order_by(_EVENT.c.position)
        )
        for row in rows:
            self._position += 1
            if row.position != self._position:
                self.blame(None, "row", f"position {row.position} stands where {self._position} should")
                self._position = row.position
            try:
                fault = self._fault_of(row)
            except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
                fault = f"cannot be told again: {type(error).__name__}"
            if fault:
                self.blame(None, "row", f"position {row.position}: {fault}")

    def _fault_of(self, row: Any) -> str | None:
        post = Post(row.carrier, row.station, row.device)
        signer = self.notebook.signer_of(row.head)
        if signer is None:
            return "under a head that nobody signed"
        if not signer.may_speak_for(post):
            return "signed by a key that may not speak there"
        claims = _strictly(decode_base64url(row.head.split(".")[1]))
        if (claims["v"], claims["carrier"], claims["station"], claims["device"]) != (1, *row[-3:]):
            return "the head speaks of another place"
        if claims["digests"][row.batch_index] != digest_of(row.body):
            return "not the bytes that were signed"
        told = _strictly(row.body)
        kept = (row.event_id, row.waybill_no, row.step, row.seq)
        if kept != (UUID(told["event_id"]), told.get("waybill_no") or "", told["step"], told["seq"]):
            return "kept otherwise than told"
        off = datetime.fromisoformat(told["event_time"].upper()) - row.event_time
        return "kept at another time than told" if abs(off) > MICROSECOND else None

    def see_store(self, session: Session) -> None:
        """At the end: no row beyond the log's head, none doubled, every parcel's row equal to a fold of its events."""
        connection = session.connection()
        events = connection.scalar(sa.select(sa.func.count()).select_from(_EVENT))
        if not events == self._position == log_head(session).position == self.codes["recorded", ""]:
            self.blame(None, "store", f"{events} rows, head at {log_head(session).position}, {self._position} seen")
        numbers = connection.execute(
            sa.select(_EVENT.c.waybill_no).distinct().where(_EVENT.c.waybill_no != "")
        ).scalars()
        for some in _in_parts(sorted(numbers), FOLDED_AT_ONCE):
            parcels, scans = parcels_of(session, some), events_of_many(session, some)
            for number in some:
                if parcels.get(number) != fold(scans[number])[0]:
                    self.blame(None, "store", f"the row of parcel {number} is not what its events tell")

    def see_bounds(self, session: Session, limits: QuarantineLimits) -> None:
        """At the end: the quarantine within its bounds, and its books equal to its rows."""
        sizes = sa.select(
            _KEPT.c.holder, sa.func.count(), sa.func.coalesce(sa.func.sum(sa.func.length(_KEPT.c.body)), 0)
        ).group_by(_KEPT.c.holder)
        held = {holder: Use(rows, int(size)) for holder, rows, size in session.connection().execute(sizes)}
        for holder, use in {**held, ALL: sum(held.values(), Use())}.items():
            most = Use(limits.rows, limits.bytes) if holder == ALL else Use(limits.device_rows, limits.device_bytes)
            if use.rows > most.rows or use.bytes > most.bytes:
                self.blame(None, "quarantine", f"{holder or 'all'} hold {use}, at most {most}")
            if use != (noted := use_of(session, holder)):
                self.blame(None, "quarantine", f"{holder or 'all'} hold {use}, the books say {noted}")


def _unfit(read: Read) -> Iterable[tuple[bytes, str]]:
    if isinstance(read, RefusedBatch):
        yield read.delivery.payload, str(read.refusal.code)
        return
    items = read.events if isinstance(read, ReadBatch) else read.records
    for octets, event in zip(read.bodies, items, strict=True):
        if isinstance(event, Exception):
            yield octets, str(event.code)


def _hex(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def _strictly(octets: bytes) -> dict[str, Any]:
    """A JSON object in which no name stands twice. Raises ValueError."""
    value: dict[str, Any] = json.loads(octets.decode(), object_pairs_hook=_without_repeats)
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _in_parts(items: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))
