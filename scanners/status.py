"""The status word (终端状态): what a device says of itself when it connects, each minute, and once nothing waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scanners.outbox import Outbox
from tracker.wire.status import DeviceStatus, encode_status
from tracker.wire.versions import VERSION

TOLD_EVERY = 60.0  # seconds
TOLD_AGAIN_AFTER = 10.0  # seconds, where scans waited by the last word: that they arrived is worth a word


@dataclass(slots=True)
class StatusWord:
    """Words the device's status; `clock` is monotonic seconds."""

    outbox: Outbox
    now: Callable[[], datetime]
    clock: Callable[[], float]
    _told_at: float = float("-inf")
    _told_waiting: int = 0

    def connected(self) -> None:
        """A connection is new: the next word is due."""
        self._told_at = float("-inf")

    def due(self) -> bytes | None:
        """The word to publish now; None when it is not time."""
        silent_for = self.clock() - self._told_at
        if silent_for >= TOLD_EVERY or (
            self._told_waiting and silent_for >= TOLD_AGAIN_AFTER and not self.outbox.waiting()
        ):
            return self.say(online=True)
        return None

    def say(self, *, online: bool) -> bytes:
        """The word as things stand."""
        waiting = self.outbox.waiting_scans()
        self._told_at, self._told_waiting = self.clock(), waiting.count
        return encode_status(
            DeviceStatus(v=VERSION, online=online, waiting=waiting.count, oldest=waiting.oldest, sent_at=self.now())
        )
