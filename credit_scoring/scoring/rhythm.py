"""The rhythm (考核节奏): which windows follow each other, so that their runs can stand in one line."""

from datetime import date, timedelta
from enum import StrEnum

from credit_scoring.evidence.window import DEFAULT_DAYS, FIRST_DAY, Window

ONE_DAY = timedelta(days=1)


class Rhythm(StrEnum):
    """How long the windows are, and how far apart (考核节奏)."""

    MONTHS = "months"  # 逐月: whole calendar months
    YEARS = "years"  # 逐年: whole calendar years
    DAYS = "days"  # 逐日: the 30 days up to each day


def windows_before(today: date, rhythm: Rhythm, count: int) -> list[Window]:
    """So many windows, the oldest first: whole months or years before this one, or the 30 days up to today and before.

    No year lies before the first that a window can have.
    """
    match rhythm:
        case Rhythm.MONTHS:
            return past_months(today, count)
        case Rhythm.YEARS:
            return [year_of(year) for year in range(max(FIRST_DAY.year, today.year - count), today.year)]
        case Rhythm.DAYS:
            ends = [today + ONE_DAY - number * ONE_DAY for number in range(count)]
            return [Window(end - DEFAULT_DAYS, end) for end in reversed(ends)]


def past_months(today: date, count: int) -> list[Window]:
    """So many whole months before this one, the oldest first."""
    months: list[Window] = []
    first = today.replace(day=1)
    for _ in range(count):
        first, end = (first - ONE_DAY).replace(day=1), first
        months.append(Window(first, end))
    return months[::-1]


def year_of(year: int) -> Window:
    """A whole calendar year."""
    return Window(date(year, 1, 1), date(year + 1, 1, 1))


def is_year(window: Window) -> bool:
    """Whether a window is a whole calendar year."""
    return window.from_date.year < window.to_date.year and window == year_of(window.from_date.year)
