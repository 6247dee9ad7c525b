"""The inbox (收件箱): what has arrived and is not yet recorded, bounded in messages and bytes."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition

from tracker.intake.delivery import Delivery

MAX_MESSAGES = 2_000
MAX_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class Inbox:
    """A queue between the network and the store. `put` waits when it is full: the socket is read no further."""

    max_messages: int = MAX_MESSAGES
    max_bytes: int = MAX_BYTES
    _waiting: deque[Delivery] = field(default_factory=deque)
    _bytes: int = 0
    _closed: bool = False
    _changed: Condition = field(default_factory=Condition)

    def put(self, delivery: Delivery) -> None:
        """Add a message, waiting for room; dropped once the inbox is closed (the broker still holds it)."""
        with self._changed:
            self._changed.wait_for(self._has_room)
            if self._closed:
                return
            self._waiting.append(delivery)
            self._bytes += len(delivery.payload)
            self._changed.notify_all()

    def take(self, *, max_messages: int, max_bytes: int, timeout: float) -> list[Delivery]:
        """What is there, up to the bounds and at least one; waits for the first up to `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout)
            taken: list[Delivery] = []
            size = 0
            while self._waiting and len(taken) < max_messages and (size < max_bytes or not taken):
                taken.append(self._waiting.popleft())
                size += len(taken[-1].payload)
            self._bytes -= size
            if taken:
                self._changed.notify_all()
            return taken

    def drop(self, stale: Callable[[Delivery], bool]) -> int:
        """Forget waiting messages that will be delivered again; how many."""
        with self._changed:
            kept = [delivery for delivery in self._waiting if not stale(delivery)]
            dropped = len(self._waiting) - len(kept)
            self._waiting = deque(kept)
            self._bytes = sum(len(delivery.payload) for delivery in kept)
            self._changed.notify_all()
            return dropped

    def close(self) -> None:
        """Wake everybody; nothing more is taken in."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def size(self) -> int:
        """The bytes that wait."""
        return self._bytes

    @property
    def fill_ratio(self) -> float:
        """0 when empty, 1 when full in messages or in bytes."""
        return max(len(self._waiting) / self.max_messages, self._bytes / self.max_bytes)

    def _has_room(self) -> bool:
        return self._closed or (len(self._waiting) < self.max_messages and self._bytes < self.max_bytes)
