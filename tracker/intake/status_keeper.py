"""The status keeper (状态记录): what devices say of themselves, kept together once a second, beside the recording."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Event, Lock, Thread

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.intake.seldom import Seldom
from tracker.store.database import transaction
from tracker.store.device_status import KnownStatus, merge_status, save_statuses
from tracker.wire.status import DeviceStatus, NotAStatus, decode_status
from tracker.wire.topics import GATEWAY_DEVICE, Post

log = structlog.get_logger()

KEPT_EVERY = 1.0  # seconds between two transactions
MAX_AT_ONCE = 1_000  # devices in one of them
MAX_WAITING = 100_000  # devices whose word waits for it; of more, words are dropped: each comes again in a minute
OLDEST_BELIEVED = timedelta(days=3650)


@dataclass(slots=True)
class StatusKeeper:
    """Takes words on the network's thread without touching the database, and writes them on a thread of its own."""

    engine: Engine
    now: Callable[[], datetime]
    clock: Callable[[], float] = time.monotonic
    _waiting: dict[Post, KnownStatus] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _seldom: Seldom = field(init=False)

    def __post_init__(self) -> None:
        self._seldom = Seldom(self.clock)

    def start(self) -> None:
        """Write every second, until stopped."""
        self._thread = Thread(target=self._run, name="status-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def hear(self, post: Post, payload: bytes, retained: bool) -> None:
        """Take a word from the topic of `post`; what is none, and a gateway's, is dropped."""
        if post.device == GATEWAY_DEVICE:
            return
        try:
            word = read_word(decode_status(payload), retained=retained, now=self.now())
        except NotAStatus as error:
            if times := self._seldom.is_due(post):
                log.warning("status_not_read", device=post.username, reason=str(error), times=times)
            return
        with self._lock:
            if post in self._waiting or len(self._waiting) < MAX_WAITING:
                self._waiting[post] = merge_status(self._waiting.get(post), word)

    def keep(self) -> None:
        """Write what waits, in one transaction; where the database is away it goes on waiting."""
        with self._lock:
            taken = dict(islice(self._waiting.items(), MAX_AT_ONCE))
            for post in taken:
                del self._waiting[post]
        if not taken:
            return
        try:
            with transaction(self.engine) as session:
                save_statuses(session, taken)
        except SQLAlchemyError as error:
            log.warning("statuses_not_kept", kind=type(error).__name__, devices=len(taken))
            with self._lock:
                for post, word in taken.items():
                    newer = self._waiting.get(post)
                    self._waiting[post] = merge_status(word, newer) if newer else word

    def _run(self) -> None:
        while not self._stop.wait(KEPT_EVERY):
            self.keep()
        self.keep()


def read_word(status: DeviceStatus, *, retained: bool, now: datetime) -> KnownStatus:
    """What a status tells us at `now`, its times bounded by ours.

    A last will is the broker's word, not the device's; a retained one may be old, so it counts from when it was sent.
    """
    sent_at = _believed(status.sent_at, now)
    return KnownStatus(
        online=status.online,
        waiting=status.waiting,
        oldest_waiting=_believed(status.oldest, now) if status.waiting else None,
        heard_at=sent_at if retained or sent_at is None else now,
    )


def _believed(moment: datetime | None, now: datetime) -> datetime | None:
    """A device's time, not later than ours; None where it is absent or beyond belief."""
    if moment is None:
        return None
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:  # the year 1 or 9999, east or west
        return None
    return min(utc, now) if utc > now - OLDEST_BELIEVED else None
