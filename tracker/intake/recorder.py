"""The recorder (入库循环): what was read → one commit → acknowledge → receipt, until told to stop."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Protocol, TypeVar

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from tracker.intake.bounds import DEFAULT_BOUNDS, IntakeBounds
from tracker.intake.delivery import Delivery, Read, ReadBatch, RefusedBatch
from tracker.intake.ingest import IngestResult, ingest
from tracker.intake.metrics import IntakeMetrics
from tracker.intake.sign_off import LabelSecret
from tracker.intake.turns import Everybodys, Turn
from tracker.intake.unkept import count_unkept
from tracker.store.database import is_passing, reading, transaction
from tracker.store.epochs import StoreWentBack, begin_epoch, is_behind
from tracker.store.event_store import LogHead, last_record_time, log_head
from tracker.store.lease import LeaseLost
from tracker.store.quarantine import DEFAULT_LIMITS
from tracker.store.quarantine_bounds import QuarantineLimits
from tracker.wire.errors import BatchRefused, RefusalCode
from tracker.wire.event import ReadEvent
from tracker.wire.receipt import StoreState, sign_store_state
from tracker.wire.signature import SigningKey
from tracker.wire.topics import Post

log = structlog.get_logger()

MAX_COMMIT_MESSAGES = 1_000
MAX_COMMIT_BYTES = 1024 * 1024
IDLE = 0.2  # seconds without a message after which the store says how far it has come
STATE_EVERY = 1.0  # seconds between two such words under load
CLOCK_TOLERANCE, WARN_EVERY = timedelta(seconds=2), 60.0
RETRY_FIRST, RETRY_MOST = 0.2, 10.0
DRAIN = 10.0  # seconds that finishing may take; what is left then stays with the broker, which was told nothing
T = TypeVar("T")


class Source(Protocol):
    """Where read messages come from, in the order in which they arrived."""

    def take(self, *, max_messages: int, max_bytes: int, timeout: float) -> list[Read]: ...
    def close(self) -> None: ...
    @property
    def drained(self) -> bool: ...


class Outward(Protocol):
    """The way back to the broker."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None: ...
    def publish_receipts(self, receipts: Sequence[tuple[Post, str]]) -> None: ...
    def publish_store_state(self, state: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class ReceiptKeys:
    """The key that signs receipts, and the notices (compact JWS) by which devices follow from an older one."""

    signing: SigningKey
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class Recorder:
    """One thread that records; commits are serial. Reading and verifying are another process's work."""

    engine: Engine
    source: Source
    outward: Outward
    key: SigningKey
    now: Callable[[], datetime]
    clock: Callable[[], float]
    limits: QuarantineLimits = DEFAULT_LIMITS
    bounds: IntakeBounds = DEFAULT_BOUNDS
    label_secret: LabelSecret = lambda: None
    stop: Event = field(default_factory=Event)
    find_changed_keys: Callable[[], ReceiptKeys | None] = lambda: None
    metrics: IntakeMetrics = field(default_factory=IntakeMetrics)
    turn: Turn = field(default_factory=Everybodys)
    furthest: LogHead | None = None  # how far the store is known to have been; one that is behind it went back
    _notices: tuple[str, ...] = ()
    _recorded_at: datetime | None = None
    _warned_at: float = float("-inf")
    _head: LogHead | None = None
    _announced: LogHead | None = None
    _announced_at: float = float("-inf")

    def run(self) -> None:
        """Record until `stop` is set and nothing waits any more, or DRAIN seconds have passed.

        Raises LeaseLost when the turn is another's.
        """
        drained_by = float("inf")
        while True:
            self.turn.check()
            if (stopping := self.stop.is_set()) and drained_by == float("inf"):
                self.source.close()
                drained_by = self.clock() + DRAIN
            if self.clock() > drained_by:
                break
            self._take_keys()
            read = self.source.take(max_messages=MAX_COMMIT_MESSAGES, max_bytes=MAX_COMMIT_BYTES, timeout=IDLE)
            if read:
                self._record(read)
            elif stopping and self.source.drained:
                break
            elif not self._announced or self._head != self._announced or self._silent_for() > STATE_EVERY:
                self.announce()
        self.announce()

    def announce(self) -> None:
        """Publish how far the store has come, when that changed; read now, for other workers may have gone on."""
        try:
            with reading(self.engine) as session:
                head = log_head(session)
            if self.furthest is not None and is_behind(head, self.furthest):
                head = self._begin_epoch(self.furthest)
        except DBAPIError as error:
            if not is_passing(error):
                raise
            self.metrics.show_database(up=False)
            return
        self.metrics.show_database(up=True)
        self._announce(head)

    def forget_announcement(self) -> None:
        """Say it again: the broker may be a new one."""
        self._announced = None

    def _take_keys(self) -> None:
        """Sign with the key in force, and let devices know of a change."""
        if (changed := self.find_changed_keys()) is not None:
            self.key, self._notices, self._announced = changed.signing, changed.notices, None

    def _record(self, read: list[Read]) -> None:
        for committed, result in self._commit(read):
            self.turn.check()  # one that slept since the commit leaves the answer to whoever took over
            self.outward.acknowledge(committed)
            if not self._announced:  # devices hear of a new key before anything that it signed
                self._announce(result.head)
            self.outward.publish_receipts(result.receipts)
            log.debug("batch_ingested", recorded=result.recorded, duplicates=result.duplicates, refused=result.refused)
            self._head = result.head
            if self._silent_for() > STATE_EVERY:
                self.announce()

    def _commit(self, read: list[Read]) -> list[tuple[list[Delivery], IngestResult]]:
        """Commit them together; where that fails for a reason of the data, each alone: one disturbs no other."""
        deliveries = [each.delivery for each in read]
        try:
            return [(deliveries, self._until_stored(lambda: self._ingest(read)))]
        except LeaseLost:
            raise
        except Exception as error:
            if len(read) == 1:
                log.error("message_poisoned", kind=type(error).__name__, where=_where(error))
                self.metrics.count_poisoned()
                return [(deliveries, self._quarantine(_poisoned(read[0])))]
            return [pair for each in read for pair in self._commit([each])]

    def _quarantine(self, poisoned: RefusedBatch) -> IngestResult:
        """Keep it as it came; where that fails too, count it: it must not come back from the broker for ever."""
        try:
            return self._until_stored(lambda: self._ingest([poisoned]))
        except LeaseLost:
            raise
        except Exception as error:
            result = self._until_stored(self._count_unkept)
            device, sha256 = poisoned.delivery.post.username, poisoned.payload_sha256
            log.error("message_not_kept", kind=type(error).__name__, where=_where(error), device=device, sha256=sha256)
            return result

    def _count_unkept(self) -> IngestResult:
        with transaction(self.engine) as session:
            result = count_unkept(session)
            self.turn.confirm(session, result.head.fence)
        return result

    def _ingest(self, read: Sequence[Read]) -> IngestResult:
        """Record in one commit; a store that went back begins a new epoch first, so that devices fill the hole."""
        while True:
            try:
                return self._ingest_above(self.furthest, read)
            except StoreWentBack:
                assert self.furthest is not None
                self._begin_epoch(self.furthest)

    def _begin_epoch(self, known: LogHead) -> LogHead:
        with transaction(self.engine) as session:
            found = head = log_head(session, lock=True)
            if is_behind(head, known):  # else another worker was faster
                head = begin_epoch(session, now=self.now(), above=known.epoch)
            self.turn.confirm(session, head.fence)
        log.warning("store_behind", known=known.position, found=found.position, epoch=head.epoch)
        self.furthest, self._announced = head, None
        return head

    def _ingest_above(self, known: LogHead | None, read: Sequence[Read]) -> IngestResult:
        start, now = self.clock(), self.now()
        with transaction(self.engine) as session:
            recorded_at = self._not_before_last(session, now)
            result = ingest(
                session,
                read,
                record_time=recorded_at,
                key=self.key,
                limits=self.limits,
                bounds=self.bounds,
                label_secret=self.label_secret,
            )
            before = replace(result.head, position=result.head.position - result.recorded)
            if known is not None and is_behind(before, known):
                raise StoreWentBack
            self.turn.confirm(session, result.head.fence)
        self.furthest, self._recorded_at = result.head, recorded_at
        self._measure(read, result, start, now)
        return result

    def _not_before_last(self, session: Session, now: datetime) -> datetime:
        """Now, or the last record time where this clock is behind it: good scans would seem to lie in the future."""
        last = self._recorded_at or last_record_time(session) or now
        if last - now > CLOCK_TOLERANCE and self.clock() - self._warned_at > WARN_EVERY:
            self._warned_at = self.clock()
            log.warning("clock_behind", seconds=round((last - now).total_seconds()))
        return max(last, now)

    def _measure(self, read: Sequence[Read], result: IngestResult, start: float, now: datetime) -> None:
        """A handful of numbers a commit: the first message has waited longest, one event stands for its neighbours."""
        end, first = self.clock(), _first_event(read)
        self.metrics.count_commit(
            recorded=result.recorded,
            duplicates=result.duplicates,
            rejected=result.rejected,
            taken=len(read) - result.refused,
            refused=result.refused,
            receipts=len(result.receipts),
        )
        self.metrics.time_commit(
            seconds=end - start,
            lag=end - read[0].delivery.arrived_at,
            age=(now - first.scan.event_time).total_seconds() if first else None,
        )

    def _until_stored(self, use: Callable[[], T]) -> T:
        """Repeat while the database is away, keeping what is to be recorded; the inbox fills and the socket waits."""
        pause = RETRY_FIRST
        while True:
            try:
                result = use()
            except DBAPIError as error:
                if not is_passing(error):
                    raise
                log.warning("database_away", kind=type(error).__name__, retry_in=pause)
            else:
                if pause != RETRY_FIRST:
                    log.info("database_back")
                    self.metrics.show_database(up=True)
                return result
            self.metrics.show_database(up=False)
            if self.stop.wait(pause):
                log.error("stopped_without_database")
                raise SystemExit(1)
            self.turn.check()
            pause = min(pause * 2, RETRY_MOST)

    def _silent_for(self) -> float:
        return self.clock() - self._announced_at

    def _announce(self, head: LogHead) -> None:
        self.furthest = head
        self._head, self._announced_at = head, self.clock()
        if head != self._announced:
            state = StoreState(head.store, head.epoch, head.position, list(self._notices))
            if self.outward.publish_store_state(sign_store_state(state, self.key)):
                self._announced = head


def _first_event(read: Sequence[Read]) -> ReadEvent | None:
    events = read[0].events if isinstance(read[0], ReadBatch) else []
    return events[0] if events and isinstance(events[0], ReadEvent) else None


def _where(error: Exception) -> str:
    """The innermost frame: enough to find the fault, nothing of the data."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _poisoned(read: Read) -> RefusedBatch:
    """A message that this tracker cannot record though it can be read: our own fault. It goes to quarantine without a
    receipt, so that the station keeps it and sends it again, perhaps to a mended tracker."""
    refusal = BatchRefused(
        RefusalCode.INTERNAL_ERROR, "the tracker could not record this batch; it is kept in quarantine"
    )
    return RefusedBatch(read.delivery, read.payload_sha256, read.batch_id, refusal)
