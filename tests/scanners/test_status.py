"""The status word: on connection, each minute, and soon after the last waiting scan has its receipt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanners.outbox import Outbox
from scanners.status import TOLD_AGAIN_AFTER, TOLD_EVERY, StatusWord
from tests.intake.devices import NOW
from tests.intake.fakes import FakeClock
from tests.scanners.counter import GUN, line_for, pack, settle
from tracker.wire.status import DeviceStatus, decode_status


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    one = Outbox(tmp_path / "outbox.db")
    yield one
    one.close()


def word_of(status: StatusWord) -> DeviceStatus | None:
    payload = status.due()
    return None if payload is None else decode_status(payload)


def test_it_is_told_at_once_and_then_each_minute(outbox: Outbox) -> None:
    clock = FakeClock()
    status = StatusWord(outbox, lambda: NOW, clock)
    assert word_of(status) == DeviceStatus(v=1, online=True, waiting=0, oldest=None, sent_at=NOW)
    clock.seconds += TOLD_EVERY - 1
    assert word_of(status) is None
    clock.seconds += 1
    assert word_of(status) is not None
    assert word_of(status) is None
    status.connected()
    assert word_of(status) is not None


def test_it_counts_what_waits_from_the_first_scan_on(outbox: Outbox) -> None:
    first = GUN.scan("W1", hours=-5)
    outbox.put_many([(GUN.post, first), (GUN.post, GUN.scan("W2", hours=-6))])
    word = word_of(StatusWord(outbox, lambda: NOW, FakeClock()))
    assert word is not None
    assert (word.waiting, word.oldest) == (2, first.event_time)


def test_that_nothing_waits_any_more_is_told_before_the_minute_is_over(outbox: Outbox) -> None:
    clock = FakeClock()
    status = StatusWord(outbox, lambda: NOW, clock)
    outbox.put(GUN.post, GUN.scan("W1"))
    word = word_of(status)
    assert word is not None
    assert word.waiting == 1
    clock.seconds += TOLD_AGAIN_AFTER
    assert word_of(status) is None, "it waits still"
    _, payload = pack(outbox)
    settle(outbox, line_for(payload))
    word = word_of(status)
    assert word is not None
    assert (word.waiting, word.oldest) == (0, None)
    clock.seconds += TOLD_AGAIN_AFTER
    assert word_of(status) is None
