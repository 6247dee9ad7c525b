"""Few at once (限量办理): what takes long, a few at a time, in a bounded queue, never on the event loop.

Password hashes and reports go this way: a flood of either is refused, and pages go on.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from web.errors import TooBusy

HASHES_AT_ONCE, HASHES_WAITING = 2, 32  # each takes 64 MiB and 0.1 s of a processor
_T = TypeVar("_T")


class FewAtOnce:
    """Runs so many at once; `waiting` more wait, further ones are refused."""

    def __init__(self, name: str, *, at_once: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)
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
