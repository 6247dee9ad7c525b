"""Few at once (限量办理): few waiting, and the loop goes on."""

import asyncio
import threading
import time

import pytest

from web.errors import TooBusy
from web.few_at_once import FewAtOnce


class Work:
    """Counts how many run at once, until it is told to end."""

    def __init__(self) -> None:
        self.now, self.most, self.lock, self.end = 0, 0, threading.Lock(), threading.Event()

    def __call__(self) -> str:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.end.wait(10)
        with self.lock:
            self.now -= 1
        return "done"


def test_two_run_the_others_wait_and_too_many_are_refused() -> None:
    work, slow = Work(), FewAtOnce("slow", at_once=2, waiting=3)

    async def run() -> None:
        running = [asyncio.ensure_future(slow.run(work)) for _ in range(5)]
        await asyncio.sleep(0.05)
        start = time.perf_counter()
        with pytest.raises(TooBusy):
            await slow.run(work)
        assert time.perf_counter() - start < 0.5
        work.end.set()
        assert await asyncio.gather(*running) == ["done"] * 5
        assert await slow.run(work) == "done"

    asyncio.run(run())
    assert work.most == 2


def test_what_fails_or_is_given_up_leaves_room() -> None:
    slow = FewAtOnce("slow", at_once=1, waiting=0)

    def fail() -> None:
        raise RuntimeError

    async def run() -> None:
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await slow.run(fail)

    asyncio.run(run())
