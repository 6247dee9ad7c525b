"""Slow hashes (慢哈希): few at once, a bounded queue, and never on the event loop or in the pages' threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from web.errors import TooBusy

AT_ONCE = 2  # each takes 64 MiB and 0.1 s of a processor
WAITING = 32
_T = TypeVar("_T")


class SlowHashes:
    """Runs what takes long and much memory. A flood of logins is refused; pages go on."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="slow-hash")
        self._most, self._open, self._lock = at_once + waiting, 0, Lock()

    async def run(self, work: Callable[[], _T]) -> _T:
        """What `work` gives. Raises TooBusy where too many wait already."""
        with self._lock:
            if self._open >= self._most:
                raise TooBusy
            self._open += 1
        future = self._threads.submit(work)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, _: "Future[_T]") -> None:
        with self._lock:
            self._open -= 1
