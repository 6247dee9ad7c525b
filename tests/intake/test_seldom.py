"""Seldom: a flood becomes a line a minute and key, which says how many it stands for; memory is bounded."""

import pytest

from tests.intake.fakes import FakeClock
from tracker.intake import seldom
from tracker.intake.seldom import EVERY, Seldom


@pytest.fixture
def clock() -> FakeClock:
    """Seconds."""
    return FakeClock()


def test_the_first_is_said_at_once_and_the_rest_once_a_minute(clock: FakeClock) -> None:
    one = Seldom(clock)
    assert [one.is_due("GUN-1") for _ in range(100)] == [1, *[0] * 99]
    assert one.is_due("GUN-2") == 1
    clock.seconds += EVERY
    assert [one.is_due("GUN-1"), one.is_due("GUN-1")] == [100, 0]


def test_more_keys_than_it_keeps_share_one_turn(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seldom, "MOST_KEYS", 3)
    one = Seldom(clock)
    assert sum(one.is_due(number) > 0 for number in range(50)) == 4
    assert len(one._seen) == 4
    clock.seconds += EVERY
    assert one.is_due("LATER") == 1
