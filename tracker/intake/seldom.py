"""Seldom (限频告警): what a device can cause as often as it likes is logged once a minute, with how often it was."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

EVERY = 60.0  # seconds
MOST_KEYS = 10_000  # whoever comes above it shares one turn


@dataclass(slots=True)
class Seldom:
    """Who causes a line may cause the next one a minute later. `clock` counts seconds. Not for several threads."""

    clock: Callable[[], float]
    _seen: dict[Hashable, list[float]] = field(default_factory=dict)  # key → when said last, how often since

    def is_due(self, key: Hashable) -> int:
        """Count one more of this key; how many the line stands for, and 0 when none is to be written now."""
        now = self.clock()
        if key not in self._seen and len(self._seen) >= MOST_KEYS:
            self._seen = {each: seen for each, seen in self._seen.items() if seen[1] or now - seen[0] < EVERY}
            key = key if len(self._seen) < MOST_KEYS else None
        seen = self._seen.setdefault(key, [now - EVERY, 0])
        seen[1] += 1
        if now - seen[0] < EVERY:
            return 0
        times = int(seen[1])
        self._seen[key] = [now, 0]
        return times
