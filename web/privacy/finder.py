"""The finder (查找器): every pattern in one pass over any stream of octets, however it is cut into chunks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from web.privacy.spellings import SHORTEST, Pattern

_BITS = 22  # of the table of beginnings; 4 MiB, so that it stays near the processor
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads what differs in few bits


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern, and at which octet of the stream it begins."""

    offset: int
    pattern: Pattern


class Finder:
    """Looks for all patterns at once. Each position costs one look into a table by its first octets; the few that
    pass are compared in full, so that the time grows with the octets and not with the patterns."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_beginning: dict[bytes, list[Pattern]] = {}
        self._longest = SHORTEST
        for pattern in patterns:
            if len(pattern.octets) < SHORTEST:
                raise ValueError(f"a pattern has at least {SHORTEST} octets")
            self._by_beginning.setdefault(pattern.octets[:SHORTEST], []).append(pattern)
            self._longest = max(self._longest, len(pattern.octets))
        self._table = np.zeros(1 << _BITS, dtype=np.bool_)
        for beginning in self._by_beginning:
            self._table[_places(beginning)] = True

    def find(self, chunks: Iterable[bytes]) -> Iterator[Found]:
        """Every occurrence in the chunks, read as one stream, in order of its offset."""
        kept, at = b"", 0
        for chunk in chunks:
            octets = kept + chunk
            sure = len(octets) - self._longest + 1  # beginnings from here on may go on in the next chunk
            if sure > 0:
                yield from self._look(octets, sure, at)
                kept, at = octets[sure:], at + sure
            else:
                kept = octets
        yield from self._look(kept, len(kept), at)

    def _look(self, octets: bytes, until: int, at: int) -> Iterator[Found]:
        if len(octets) < SHORTEST:
            return
        for place in np.nonzero(self._table[_places(octets)[:until]])[0].tolist():
            for pattern in self._by_beginning.get(octets[place : place + SHORTEST], ()):
                if octets.startswith(pattern.octets, place):
                    yield Found(at + place, pattern)


def _places(octets: bytes) -> NDArray[np.uint64]:
    """For each position with SHORTEST octets from it on, its place in the table."""
    single = np.frombuffer(octets, dtype=np.uint8).astype(np.uint64)
    count = len(single) - SHORTEST + 1
    words = single[:count].copy()
    for step in range(1, SHORTEST):
        words |= single[step : step + count] << np.uint64(8 * step)
    return (words * _MULTIPLIER) >> np.uint64(64 - _BITS)
