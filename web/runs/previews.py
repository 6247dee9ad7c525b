"""Previews (试算进程): last year's evidence, collected in a thread of its own, one at a time, kept for ten minutes."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock, Thread

from credit_scoring.scoring.preview import Collected

KEPT_FOR = timedelta(minutes=10)
PATIENCE = 2.0  # seconds that a page waits before it says that it is being computed

Collect = Callable[[], Collected | None]


@dataclass(frozen=True, slots=True)
class Preview:
    """A division's evidence, perhaps still being collected."""

    begun_at: datetime
    future: "Future[Collected | None]" = field(default_factory=Future)

    def wait(self) -> bool:
        """Whether it is there within PATIENCE; raises what collecting raised."""
        try:
            self.future.result(PATIENCE)
        except NotYet:
            return False
        return True


class Previews:
    """The evidence of each division; however often a page asks, it is collected once."""

    def __init__(self) -> None:
        self._kept: dict[str | None, Preview] = {}
        self._lock, self._turn = Lock(), Lock()

    def of(self, division: str | None, collect: Collect, *, now: datetime) -> Preview:
        """The preview of a division: one that is kept or under way, else begun now."""
        with self._lock:
            kept = self._kept.get(division)
            if kept is not None and not _is_over(kept, now):
                return kept
            preview = self._kept[division] = Preview(now)
        Thread(target=self._collect, args=(preview, collect), name="preview", daemon=True).start()
        return preview

    def _collect(self, preview: Preview, collect: Collect) -> None:
        with self._turn:
            try:
                preview.future.set_result(collect())
            except BaseException as error:
                preview.future.set_exception(error)


def _is_over(preview: Preview, now: datetime) -> bool:
    if not preview.future.done():
        return False
    return preview.future.exception() is not None or now - preview.begun_at > KEPT_FOR
