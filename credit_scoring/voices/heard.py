"""A review as the weighing sees it (待计权评价): when, what, from which device, and what is known of it."""

from dataclasses import dataclass, field
from datetime import datetime

from credit_scoring.voices.rules import Doubt

Pattern = tuple[tuple[int, ...], tuple[str, ...]]  # the stars by aspect, 0 where none; the tags in order


@dataclass(frozen=True, slots=True)
class Heard:
    """One review of a carrier. `device` and `address` are keyed hashes, None where unknown; `marks` stand already."""

    voice_no: int
    at: datetime
    pattern: Pattern
    device: bytes | None = None
    address: bytes | None = None
    marks: frozenset[Doubt] = field(default_factory=frozenset)

    @property
    def overall(self) -> int:
        return self.pattern[0][0]

    @property
    def tags(self) -> tuple[str, ...]:
        return self.pattern[1]
