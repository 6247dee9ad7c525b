"""Reading (读取): what waits in the inbox is taken apart, verified and decoded; the database is asked for keys only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from threading import Event

import structlog
from sqlalchemy.exc import DBAPIError

from tracker.intake.delivery import Read, RefusedBatch, read_alone
from tracker.intake.inbox import Inbox
from tracker.intake.keyring import Keyring
from tracker.store.database import is_passing
from tracker.wire.errors import RefusalCode

log = structlog.get_logger()

RETRY = 0.5  # seconds between two tries while the registry cannot be read


class Interrupted(RuntimeError):
    """Told to stop while the registry could not be read; the messages stay with the broker."""


@dataclass(slots=True)
class Reading:
    """Reads messages in the order in which they came. Touches no table but the registry."""

    inbox: Inbox
    keyring: Keyring
    today: Callable[[], date]
    stop: Event = field(default_factory=Event)

    def take(self, *, max_messages: int, max_bytes: int, timeout: float) -> list[Read]:
        """What has arrived, read; waits for the first up to `timeout` seconds. Raises Interrupted."""
        deliveries = self.inbox.take(max_messages=max_messages, max_bytes=max_bytes, timeout=timeout)
        if not deliveries:
            return []
        self._refresh()
        today = self.today()
        read = [read_alone(each, self.keyring, today=today) for each in deliveries]
        if any(map(_misses_key, read)):  # a key enrolled a moment ago is looked up again before it is refused
            self._refresh(missed=True)
            read = [self._again(each, today) if _misses_key(each) else each for each in read]
        return read

    def _again(self, read: Read, today: date) -> Read:
        return read_alone(read.delivery, self.keyring, today=today)

    def close(self) -> None:
        """Nothing more is taken in."""
        self.inbox.close()

    @property
    def drained(self) -> bool:
        """Whether nothing waits any more."""
        return len(self.inbox) == 0

    def _refresh(self, *, missed: bool = False) -> None:
        while True:
            try:
                return self.keyring.refresh(missed=missed)
            except DBAPIError as error:
                if not is_passing(error):
                    raise
                log.warning("registry_away", kind=type(error).__name__, retry_in=RETRY)
            if self.stop.wait(RETRY):
                raise Interrupted


def _misses_key(read: Read) -> bool:
    return isinstance(read, RefusedBatch) and read.refusal.code == RefusalCode.KEY_UNKNOWN
