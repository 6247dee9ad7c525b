"""The press (报告印制): one PDF typeset at a time, the last ones kept, so that no visitor holds the processors."""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from threading import Lock

from web.few_at_once import FewAtOnce
from web.report.layout import Layout

AT_ONCE, WAITING = 1, 8  # each takes a third of a second of a processor
KEPT = 64  # PDFs of about 150 KB


class Press:
    """What was made is kept by what it would be made of: another objection, key or address is another PDF."""

    def __init__(self) -> None:
        self._queue = FewAtOnce("report", at_once=AT_ONCE, waiting=WAITING)
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    async def pdf_of(self, key: str, make: Callable[[], bytes]) -> bytes:
        """The PDF under a key, made where it is not kept. Raises TooBusy, and what `make` raises."""
        found = self._find(key)
        return await self._queue.run(partial(self._make, key, make)) if found is None else found

    def _make(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Made unless another asker had it made while this one waited."""
        found = self._find(key)
        return self._keep(key, make()) if found is None else found

    def _find(self, key: str) -> bytes | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: str, pdf: bytes) -> bytes:
        with self._lock:
            self._kept[key] = pdf
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return pdf


def key_of(layout: Layout, signed: bytes) -> str:
    """What tells one PDF from another: its signed content, and the address that is printed on it."""
    return sha256(signed + (layout.address or "").encode()).hexdigest()
