"""Clocks (终端时钟): whether a batch was signed by a clock that cannot be right, from what the device itself signed.

`sent_at` is the moment of signing: a batch that is sent again later, or waits at the broker, is the same bytes, so that
an old `sent_at` alone is no fault. Two things can be told. A moment ahead of ours is wrong. And a device signs in the
order of its counter: where all numbers of a batch are above those recorded before, it was signed after them, and a
moment before theirs says that the clock was set back meanwhile. Pure.
"""

from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(minutes=10)  # clocks that nobody sets drift by minutes a year; expiry counts by days
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # a moment before is no clock's, and not kept to compare with


def within_reach(sent_at: datetime) -> datetime:
    """The same moment in UTC; where UTC has none (9999-12-31T23:59-08:00), what the clock said, as if in UTC."""
    try:
        return sent_at.astimezone(UTC)
    except OverflowError:
        return sent_at.replace(tzinfo=UTC)


def judge_clock(sent_at: datetime, *, follows: datetime | None, now: datetime) -> timedelta:
    """By how much a batch's clock was ahead of ours, or (negative) behind the device's own before; zero within bounds.

    `follows` is the latest moment of signing among the batches that it follows; None where that is not known.
    """
    ahead = sent_at - now
    if ahead > TOLERANCE:
        return ahead
    behind = sent_at - follows if follows is not None else timedelta()
    return behind if behind < -TOLERANCE else timedelta()


def latest_signed(known: datetime | None, sent_at: datetime, *, now: datetime) -> datetime | None:
    """The latest moment of signing, after one more batch; one that cannot be believed leaves it as it is."""
    if not _EARLIEST < sent_at <= now + TOLERANCE:
        return known
    moment = min(sent_at, now)
    return moment if known is None else max(known, moment)
