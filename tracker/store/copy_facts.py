"""What a copy of the store holds (库副本要素): one moment of the log, complete, or it is no copy.

CopyError           the copy could not be made or put back; the message says what to do
└── CopyDamaged     what was read back is not a whole store
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Progress = Callable[[int, int | None], None]  # done, and of how many where that is known


class CopyError(RuntimeError):
    """The copy could not be made or put back; the message says what to do."""


class CopyDamaged(CopyError):
    """What was read back is not a whole store: do not rely on this copy."""


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """The store, its life and the log's highest position at the moment of the copy; `revision` is its schema's."""

    store: str
    epoch: int
    position: int
    revision: str


class Positions:
    """Which positions were read back; one bit each, so that a log of 100 million takes 12 MB."""

    def __init__(self) -> None:
        self._seen = bytearray()
        self.count = 0

    def add(self, position: int) -> None:
        """Note a position. Raises CopyDamaged for one that stands twice or below 1."""
        byte, bit = divmod(position, 8)
        if position < 1 or (byte < len(self._seen) and self._seen[byte] >> bit & 1):
            raise CopyDamaged(f"position {position} stands twice or cannot be")
        if byte >= len(self._seen):
            self._seen.extend(bytes(byte + 1 - len(self._seen) + 65536))
        self._seen[byte] |= 1 << bit
        self.count += 1

    def add_archived(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Note the positions of an archived month, of which some may still be there."""
        for first, last in ranges:
            for position in range(first, last + 1):
                byte, bit = divmod(position, 8)
                if byte >= len(self._seen) or not self._seen[byte] >> bit & 1:
                    self.add(position)

    def check(self, head: int) -> None:
        """Raises CopyDamaged unless every position from 1 to the head was seen, and none above."""
        seen = self._seen.rstrip(b"\0")
        highest = 8 * (len(seen) - 1) + seen[-1].bit_length() - 1 if seen else 0
        if (self.count, highest) != (head, head):
            raise CopyDamaged(
                f"the log's head is {head}, but {self.count} events up to position {highest} are there or archived"
            )
