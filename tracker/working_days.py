"""Working days (工作日): where a term ends, by the State Council's calendar with its make-up days (调休).

The calendar of a year is out in the November before it. A term that reaches past the last one is counted by weekends
and statutory days, and its end is marked provisional: it may move once the arrangement is published.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import chinese_calendar
from chinese_calendar.constants import holidays as published_days_off

from tracker.wire.details import LOCAL

if TYPE_CHECKING:
    from holidays import HolidayBase

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a term, still in time; `provisional` where a calendar on the way there is not out yet."""

    day: date
    provisional: bool

    def is_missed(self, today: date) -> bool:
        """Whether the term is over on this local day."""
        return today > self.day


def local_day_of(moment: datetime) -> date:
    """The day of an aware moment in Shanghai, from which terms are counted."""
    return moment.astimezone(LOCAL).date()


def last_published_year() -> int:
    """The last year whose arrangement of days off this program knows."""
    return _published_years()[1]


def is_working_day(day: date) -> bool:
    """Whether offices work on this day: weekdays and make-up days, without days off."""
    if _is_published(day):
        return bool(chinese_calendar.is_workday(day))
    return _statutory().is_working_day(day)


def working_days_after(day: date, count: int) -> Deadline:
    """The end of a term of `count` (1 or more) working days; the day it starts on does not count (民法典 Art. 201)."""
    if count < 1:
        raise ValueError(f"a term has at least one day, not {count}")
    working = (each for each in _days_after(day) if is_working_day(each))
    for _ in range(count - 1):
        next(working)
    return _deadline(day, next(working))


def calendar_days_after(day: date, count: int, *, rolls: bool = False) -> Deadline:
    """The end of a term of `count` (1 or more) calendar days, the first not counted.

    `rolls`: where the last day is a day off, the term ends with the next working day (民法典 Art. 203).
    """
    if count < 1:
        raise ValueError(f"a term has at least one day, not {count}")
    last = day + count * ONE_DAY
    if not rolls:
        return Deadline(last, provisional=False)
    if is_working_day(last):
        return Deadline(last, provisional=not _is_published(last))
    return _deadline(last, working_days_after(last, 1).day)


def count_working_days(after: date, until: date) -> int:
    """How many working days follow `after`, up to and with `until`: what is left of a term; 0 where none is."""
    days = (until - after).days
    return sum(is_working_day(after + each * ONE_DAY) for each in range(1, days + 1))


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += ONE_DAY
        yield day


def _deadline(first: date, last: date) -> Deadline:
    return Deadline(last, provisional=not (_is_published(first + ONE_DAY) and _is_published(last)))


def _is_published(day: date) -> bool:
    first, last = _published_years()
    return first <= day.year <= last


@cache
def _published_years() -> tuple[int, int]:
    return min(published_days_off).year, max(published_days_off).year


@cache
def _statutory() -> "HolidayBase":
    from holidays import country_holidays  # a third of a second, for days that most starts never ask about

    return country_holidays("CN")
