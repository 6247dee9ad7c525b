"""A keyboard wedge (键盘式扫描枪): characters that come one by one, some slowly, are parted into readings."""

from dataclasses import dataclass, field

ENDS = "\r\n\t"
GAP = 0.3  # seconds: slow wedges leave 5 to 100 ms between characters, people's hands leave more between codes


@dataclass(slots=True)
class Wedge:
    """Collects characters; an end character, or a pause longer than `gap` seconds, ends a reading.

    Times are seconds on any clock that does not go back. A reading begun is never lost: it comes out at the next
    character, or when it is asked for.
    """

    gap: float = GAP
    _typed: list[str] = field(default_factory=list)
    _last: float | None = None

    def type(self, characters: str, at: float) -> list[str]:
        """The readings that these characters, all typed at this moment, have ended."""
        ended = self.take_if_paused(at)
        self._last = at
        for character in characters:
            if character not in ENDS:
                self._typed.append(character)
            elif self._typed:
                ended.append(self._take())
        return ended

    def take_if_paused(self, at: float) -> list[str]:
        """The reading that a pause has ended, if one has: ask while nothing is typed."""
        if self._typed and self._last is not None and at - self._last > self.gap:
            return [self._take()]
        return []

    def _take(self) -> str:
        typed, self._typed = "".join(self._typed), []
        return typed
