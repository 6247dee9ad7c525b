"""The outbox (待传箱): every scan is here, on disk, before the beep, and stays until its receipt is old."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import UUID

import msgspec

from scanners.own_file import open_own_file
from tracker.wire.errors import RefusalCode
from tracker.wire.event import ScanEvent, decode_event, encode_event, has_same_content
from tracker.wire.event_ids import milliseconds_of, time_of
from tracker.wire.identity_record import IdentityRecord, encode_record
from tracker.wire.message import HEAD_BYTES_FIXED, HEAD_BYTES_PER_EVENT, MAX_EVENTS, MAX_PAYLOAD_BYTES
from tracker.wire.receipt import BatchReceipt, Receipt, StoreState
from tracker.wire.signature import digest_of
from tracker.wire.topics import Channel, Post

HELD = frozenset({RefusalCode.KEY_UNKNOWN, RefusalCode.KEY_REVOKED, RefusalCode.VERSION_UNKNOWN})
KEPT_FOR = timedelta(days=7)  # how long a receipted event stays, by the receipts' own time, should the store lose it
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  no INTEGER PRIMARY KEY AUTOINCREMENT, event_id BLOB NOT NULL UNIQUE, post TEXT NOT NULL, body BLOB NOT NULL,
  batch_id BLOB, store TEXT, epoch INTEGER, position INTEGER, receipted_at REAL, run INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS entry_queued ON entry (post, no) WHERE batch_id IS NULL AND receipted_at IS NULL;
CREATE INDEX IF NOT EXISTS entry_batch ON entry (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_receipted ON entry (receipted_at) WHERE receipted_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_waiting ON entry (run) WHERE receipted_at IS NULL;
CREATE TABLE IF NOT EXISTS open_batch (
  batch_id BLOB PRIMARY KEY, post TEXT NOT NULL, payload BLOB NOT NULL, payload_sha256 TEXT NOT NULL,
  attempts INTEGER NOT NULL, kid TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refused (
  event_id BLOB PRIMARY KEY, post TEXT NOT NULL, body BLOB NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
  refused_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS counter (post TEXT PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS run (run INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE IF NOT EXISTS identity (install_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS trust (kid TEXT PRIMARY KEY, kept BLOB NOT NULL);
"""
_MISSING = "receipted_at IS NOT NULL AND (store <> ? OR epoch <> ? OR position > ?)"
_NOT_FRESH = "(store <> ? OR epoch <> ? OR ? IS NULL OR receipted_at < ?)"


class OutboxError(RuntimeError):
    """The scan could not be kept: no beep. The message says what to do."""


class OutboxDamaged(OutboxError):
    """The file is not what was written. What can be read of it is still worth a rescue."""

    def __init__(self, error: sqlite3.DatabaseError) -> None:
        super().__init__(
            f"待传箱文件已损坏，未保存 the outbox is damaged ({error}): not kept. Keep the file, scans can be rescued"
            " (docs/operations.md, A damaged outbox); go on with a new one: --outbox FILE"
        )


class EventIdTaken(ValueError):
    """Another event with this id is in the outbox."""


class Put(Enum):
    """What became of a scan that was put."""

    NEW = auto()
    KNOWN = auto()  # this very event is here already
    TAKEN = auto()  # another event has its id


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """What a post sends on one channel, with a counter of its own."""

    post: Post
    channel: Channel = Channel.SCANS

    @property
    def name(self) -> str:
        """As it stands in the file: the post's name alone for its scans."""
        return self.post.username if self.channel is Channel.SCANS else f"{self.post.username}/{self.channel}"


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A signed payload on its way, sent again as the same bytes until a receipt names it."""

    batch_id: UUID
    lane: Lane
    attempts: int = 0
    kid: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch that a receipt has settled, counted in events; `refused` are refused or rejected ones."""

    batch_id: UUID
    recorded: int
    known: int
    refused: int
    run: int = 0


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """An event, or an identity record, that the tracker will never take, for the staff to see."""

    event_id: UUID
    lane: Lane
    body: bytes
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeptScan:
    """A scan as it lies in the outbox; `receipted_at` is the tracker's time, `refusal` a code of the wire's errors."""

    scan: ScanEvent
    receipted_at: datetime | None
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has no receipt yet: how many scans and records, and the time of the first of them in order of capture."""

    count: int
    oldest: datetime | None


class Outbox:
    """First in, first out, on disk. One process owns a file; its methods may be called from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        self._database = open_own_file(path, _SCHEMA, patience=30.0)

    def close(self) -> None:
        """Close the file; everything in it is on disk already."""
        with self._lock:
            self._database.close()

    def put(self, post: Post, scan: ScanEvent, records: Sequence[IdentityRecord] = ()) -> bool:
        """Keep a scan, with the post's next `seq`: it is on disk when this returns, so the beep may follow.

        Its sealed `records` are kept with it, whole or not at all, each with the next number of their own counter.
        False when this very event is here already. Raises EventIdTaken for another event of the same id, or the same
        of another station; OutboxError when the disk does not take it.
        """
        with self._keeping():
            fate = self._put(post, scan, run=0)
            if fate is Put.NEW:
                for record in records:
                    self._put_record(post, record)
        if fate is Put.TAKEN:
            raise EventIdTaken(str(scan.event_id))
        return fate is Put.NEW

    def put_records(self, post: Post, records: Sequence[IdentityRecord]) -> None:
        """Keep sealed records that no scan goes with, all or none, as `put` does. Raises OutboxError."""
        with self._keeping():
            for record in records:
                self._put_record(post, record)

    def put_many(
        self,
        scans: Iterable[tuple[Post, ScanEvent]],
        *,
        run: int = 0,
        seal: Callable[[ScanEvent], Sequence[IdentityRecord]] = lambda _: (),
    ) -> list[Put]:
        """Keep many scans in one transaction, the fate of each in order. Raises OutboxError, and then none is kept.

        A replay gives its `run`: then an event that is here already is sent again, so that this run has its receipt.
        `seal` makes the records of each scan that is new, which are kept with it.
        """
        fates = []
        with self._keeping():
            for post, scan in scans:
                fates.append(self._put(post, scan, run))
                for record in seal(scan) if fates[-1] is Put.NEW else ():
                    self._put_record(post, record)
        return fates

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        try:
            with self._transaction():
                yield
        except sqlite3.OperationalError as error:
            raise OutboxError(f"the outbox cannot be written ({error}); free some disk and scan again") from error
        except sqlite3.DatabaseError as error:
            raise OutboxDamaged(error) from error

    def _put(self, post: Post, scan: ScanEvent, run: int) -> Put:
        earlier = self._find(scan.event_id)
        if earlier is not None:
            whose, body = earlier
            same = (whose.carrier, whose.station) == (post.carrier, post.station) and _is_same(body, scan)
            if same and run:
                self._send_again(scan.event_id, run)
            return Put.KNOWN if same else Put.TAKEN
        lane = Lane(post)
        self._append(lane, scan.event_id, encode_event(msgspec.structs.replace(scan, seq=self._next_seq(lane))), run)
        return Put.NEW

    def _put_record(self, post: Post, record: IdentityRecord) -> None:
        lane = Lane(post, Channel.IDENTITIES)
        numbered = msgspec.structs.replace(record, seq=self._next_seq(lane))
        self._append(lane, record.record_id, encode_record(numbered), run=0)

    def _next_seq(self, lane: Lane) -> int:
        (seq,) = self._database.execute(
            "INSERT INTO counter VALUES (?, 1) ON CONFLICT (post) DO UPDATE SET seq = seq + 1 RETURNING seq",
            (lane.name,),
        ).fetchone()
        return int(seq)

    def _append(self, lane: Lane, identifier: UUID, body: bytes, run: int) -> None:
        self._database.execute(
            "INSERT INTO entry (event_id, post, body, run) VALUES (?, ?, ?, ?)",
            (identifier.bytes, lane.name, body, run),
        )

    def _send_again(self, event_id: UUID, run: int) -> None:
        self._database.execute(
            "UPDATE entry SET run = ?, store = NULL, epoch = NULL, position = NULL, receipted_at = NULL"
            " WHERE event_id = ?",
            (run, event_id.bytes),
        )

    def begin_run(self) -> int:
        """A number for a replay's run, above 0 and never given before."""
        with self._transaction():
            return int(self._database.execute("INSERT INTO run DEFAULT VALUES").lastrowid or 0)

    def lanes_with_queued(self) -> list[Lane]:
        """The lanes that have something in no batch yet, the longest waiting first."""
        rows = self._database_rows(
            "SELECT post FROM entry WHERE batch_id IS NULL AND receipted_at IS NULL GROUP BY post ORDER BY min(no)"
        )
        return [_lane(row[0]) for row in rows]

    def next_items(self, lane: Lane) -> list[tuple[int, bytes]]:
        """The oldest queued events or records of a lane and one run that fit one batch: (number, bytes).

        Up to 500 and 1 MiB.
        """
        queued = "post = ? AND batch_id IS NULL AND receipted_at IS NULL"
        rows = self._database_rows(
            f"SELECT no, body FROM entry WHERE {queued}"  # noqa: S608 our own words
            f" AND run = (SELECT run FROM entry WHERE {queued} ORDER BY no LIMIT 1) ORDER BY no LIMIT ?",
            (lane.name, lane.name, MAX_EVENTS),
        )
        fitting, size = [], HEAD_BYTES_FIXED
        for number, body in rows:
            size += len(body) + 1 + HEAD_BYTES_PER_EVENT
            if size > MAX_PAYLOAD_BYTES:
                break
            fitting.append((number, body))
        return fitting

    def open_batch(self, batch: OpenBatch, payload: bytes, numbers: Sequence[int]) -> None:
        """Keep a signed payload, before it is sent, with the numbers of the events in it."""
        with self._transaction():
            self._database.execute(
                "INSERT INTO open_batch VALUES (?, ?, ?, ?, ?, ?)",
                (batch.batch_id.bytes, batch.lane.name, payload, digest_of(payload), batch.attempts, batch.kid),
            )
            self._database.executemany(
                "UPDATE entry SET batch_id = ? WHERE no = ?", [(batch.batch_id.bytes, number) for number in numbers]
            )

    def open_batches(self) -> list[OpenBatch]:
        """What has been signed and not receipted, oldest first."""
        rows = self._database_rows("SELECT batch_id, post, attempts, kid FROM open_batch ORDER BY rowid")
        return [OpenBatch(UUID(bytes=row[0]), _lane(row[1]), *row[2:]) for row in rows]

    def dissolve_batches(self, *, but_of: str) -> int:
        """Queue again what another key than `but_of` (a kid) signed: after a new enrolment it must be signed anew."""
        with self._transaction():
            self._database.execute(
                "UPDATE entry SET batch_id = NULL WHERE batch_id IN (SELECT batch_id FROM open_batch WHERE kid <> ?)",
                (but_of,),
            )
            return self._database.execute("DELETE FROM open_batch WHERE kid <> ?", (but_of,)).rowcount

    def payload_of(self, batch_id: UUID) -> bytes | None:
        """An open batch's exact bytes; None when a receipt has settled it meanwhile."""
        rows = self._database_rows("SELECT payload FROM open_batch WHERE batch_id = ?", (batch_id.bytes,))
        return bytes(rows[0][0]) if rows else None

    def count_attempt(self, batch_id: UUID) -> None:
        """Note that a batch was sent once more."""
        with self._transaction():
            self._database.execute(
                "UPDATE open_batch SET attempts = attempts + 1 WHERE batch_id = ?", (batch_id.bytes,)
            )

    def take_receipt(self, receipt: Receipt) -> list[Settled]:
        """Apply a verified receipt; the batches it settled. One that is not open changes nothing.

        What is kept, and for how long, goes by the tracker's signed time: this device's clock may jump by weeks.
        """
        settled, recorded_at = [], receipt.record_time.timestamp()
        with self._transaction():
            for line in receipt.batches:
                batch = self._find_open(line)
                if batch is not None and not is_held(line):
                    settled.append(self._settle(batch, line, receipt, recorded_at))
            oldest = recorded_at - KEPT_FOR.total_seconds()
            self._database.execute("DELETE FROM entry WHERE receipted_at < ?", (oldest,))
        return settled

    def _find_open(self, line: BatchReceipt) -> bytes | None:
        if line.batch_id is not None:
            query = "SELECT batch_id FROM open_batch WHERE batch_id = ? AND payload_sha256 = ?"
            row = self._database.execute(query, (line.batch_id.bytes, line.payload_sha256)).fetchone()
        else:
            query = "SELECT batch_id FROM open_batch WHERE payload_sha256 = ?"
            row = self._database.execute(query, (line.payload_sha256,)).fetchone()
        return row[0] if row else None

    def _settle(self, batch: bytes, line: BatchReceipt, receipt: Receipt, at: float) -> Settled:
        rejected = {rejection.event_id: rejection for rejection in line.rejected}
        entries = self._database.execute("SELECT no, event_id, run FROM entry WHERE batch_id = ?", (batch,)).fetchall()
        runs = {run for *_, run in entries}
        for number, event_id, _ in entries:
            fault = line.refused or rejected.get(str(UUID(bytes=event_id)))
            if fault is not None:
                self._refuse(number, code=fault.code, reason=fault.reason, at=at)
        self._database.execute(
            "UPDATE entry SET batch_id = NULL, store = ?, epoch = ?, position = ?, receipted_at = ? WHERE batch_id = ?",
            (receipt.store, receipt.epoch, line.last_position, at, batch),
        )
        self._database.execute("DELETE FROM open_batch WHERE batch_id = ?", (batch,))
        refused = len(entries) if line.refused else len(line.rejected)
        return Settled(
            UUID(bytes=batch),
            recorded=line.recorded,
            known=line.duplicates,
            refused=refused,
            run=runs.pop() if len(runs) == 1 else 0,
        )

    def _refuse(self, number: int, *, code: str, reason: str, at: float) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO refused SELECT event_id, post, body, ?, ?, ? FROM entry WHERE no = ?",
            (code, reason, at, number),
        )
        self._database.execute("DELETE FROM entry WHERE no = ?", (number,))

    def take_store_state(self, state: StoreState, *, fresh: datetime | None = None) -> int:
        """Queue again what the store may no longer have; how many events.

        These are the events receipted above its position, by another store, or in another epoch: a restored backup
        may have grown past their positions since, so a new epoch asks for all of them. What it has, it recognises.
        Receipts of the same epoch whose own time is `fresh` or later stand.
        """
        since = fresh.timestamp() if fresh else None
        with self._transaction():
            return self._database.execute(
                "UPDATE entry SET store = NULL, epoch = NULL, position = NULL, receipted_at = NULL"  # noqa: S608 our own words
                f" WHERE {_MISSING} AND {_NOT_FRESH}",
                (state.store, state.epoch, state.position, state.store, state.epoch, since, since),
            ).rowcount

    def is_ahead_of(self, state: StoreState) -> bool:
        """Whether `take_store_state` would queue anything again."""
        query = f"SELECT EXISTS (SELECT 1 FROM entry WHERE {_MISSING})"  # noqa: S608 our own words
        return bool(self._database_rows(query, (state.store, state.epoch, state.position))[0][0])

    def find_refused(self) -> list[RefusedEvent]:
        """What the tracker will never take, oldest first."""
        rows = self._database_rows("SELECT event_id, post, body, code, reason FROM refused ORDER BY refused_at, rowid")
        return [RefusedEvent(UUID(bytes=row[0]), _lane(row[1]), *row[2:]) for row in rows]

    def refusal_of(self, event_id: UUID) -> RefusedEvent | None:
        """Why an event was refused; None when it was not."""
        rows = self._database_rows(
            "SELECT event_id, post, body, code, reason FROM refused WHERE event_id = ?", (event_id.bytes,)
        )
        return RefusedEvent(event_id, _lane(rows[0][1]), *rows[0][2:]) if rows else None

    def scans_since(self, post: Post, moment: datetime, *, waybill_no: str | None = None) -> list[KeptScan]:
        """A post's scans made at `moment` or later, by their ids, oldest first; receipted ones as long as they stay.

        Of one parcel, where its number is given: the others are passed over in the bytes, and not decoded.
        """
        oldest = (milliseconds_of(moment) << 80).to_bytes(16, "big")
        spelled = None if waybill_no is None else f'"waybill_no":"{waybill_no}"'.encode()  # as encode_event writes it
        wanted = "event_id >= ?1 AND post = ?2 AND (?3 IS NULL OR instr(body, ?3))"
        rows = self._database_rows(
            f"SELECT event_id, body, receipted_at, NULL FROM entry WHERE {wanted}"  # noqa: S608 our own words
            f" UNION ALL SELECT event_id, body, NULL, code FROM refused WHERE {wanted} ORDER BY event_id",
            (oldest, Lane(post).name, spelled),
        )
        return [
            KeptScan(decode_event(body).scan, None if at is None else datetime.fromtimestamp(at, UTC), refusal)
            for _, body, at, refusal in rows
        ]

    def waiting(self, *, run: int | None = None) -> int:
        """How many events have no receipt yet; of one run, where it is given."""
        query = "SELECT count(*) FROM entry WHERE receipted_at IS NULL AND (? IS NULL OR run = ?)"
        return int(self._database_rows(query, (run, run))[0][0])

    def waiting_scans(self) -> Waiting:
        """What has no receipt yet, for the device's status."""
        waiting = "entry INDEXED BY entry_waiting WHERE receipted_at IS NULL"
        with self._lock:
            ((count, first),) = self._database_rows(f"SELECT count(*), min(no) FROM {waiting}")  # noqa: S608 our own words
            rows = self._database_rows("SELECT event_id, post, body FROM entry WHERE no = ?", (first,))
        return Waiting(count, _time_of(*rows[0]) if rows else None)

    def highest_no(self) -> int:
        """The number of the newest entry ever made; 0 when there was none."""
        rows = self._database_rows("SELECT seq FROM sqlite_sequence WHERE name = 'entry'")
        return int(rows[0][0]) if rows else 0

    def install_id(self, fresh: str) -> str:
        """This outbox's install id: `fresh` when it has none yet, so that a cloned device shows as two."""
        with self._transaction():
            self._database.execute("INSERT INTO identity SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)", (fresh,))
        return str(self._database_rows("SELECT install_id FROM identity")[0][0])

    def kept_trust(self, kid: str) -> bytes | None:
        """What the device with this key last kept of whom it believes (see scanners.trust)."""
        rows = self._database_rows("SELECT kept FROM trust WHERE kid = ?", (kid,))
        return bytes(rows[0][0]) if rows else None

    def keep_trust(self, kid: str, kept: bytes) -> None:
        """Keep it, on disk when this returns; another key's, from before a new enrolment, goes."""
        with self._transaction():
            self._database.execute("DELETE FROM trust")
            self._database.execute("INSERT INTO trust VALUES (?, ?)", (kid, kept))

    def _find(self, event_id: UUID) -> tuple[Post, bytes] | None:
        for table in ("entry", "refused"):
            query = f"SELECT post, body FROM {table} WHERE event_id = ?"  # noqa: S608 two fixed names
            row = self._database.execute(query, (event_id.bytes,)).fetchone()
            if row is not None:
                return _lane(row[0]).post, bytes(row[1])
        return None

    def _database_rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Committed and synced when the block ends; undone when it raises."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


def is_held(line: BatchReceipt) -> bool:
    """Whether a batch is refused for what may be mended: its events stay and are sent again, later or newly signed."""
    return line.refused is not None and line.refused.code in HELD


def _lane(name: object) -> Lane:
    carrier, station, device, *channel = str(name).split("/")
    return Lane(Post(carrier, station, device), Channel(channel[0]) if channel else Channel.SCANS)


def _time_of(identifier: bytes, lane: str, body: bytes) -> datetime:
    """When an entry was made; a record's id is as old as the record."""
    is_scan = _lane(lane).channel is Channel.SCANS
    return decode_event(body).scan.event_time if is_scan else time_of(UUID(bytes=identifier))


def _is_same(earlier: bytes, scan: ScanEvent) -> bool:
    return has_same_content(decode_event(earlier), decode_event(encode_event(scan)))
