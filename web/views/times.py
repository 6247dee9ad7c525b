"""Times for people (北京时间): local days and hours, written in the page's language."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tracker.wire.details import LOCAL
from web.words import Words

HOURS_UP_TO = timedelta(hours=100)  # beyond, people count days


@dataclass(frozen=True, slots=True)
class Moment:
    """A time twice: for people, and for machines as RFC 3339."""

    text: str
    iso: str


def write_rfc3339(moment: datetime) -> str:
    """UTC to the second (or finer where it is finer), with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def long_moment(words: Words, moment: datetime, *, now: datetime) -> Moment:
    """As a headline: 10 月 18 日 11:42; with the year where it is not this one."""
    local = moment.astimezone(LOCAL)
    return Moment(f"{_day(words, local.date(), now)} {local:%H:%M}", write_rfc3339(moment))


def short_moment(moment: datetime, *, now: datetime) -> Moment:
    """In a list: 10-18 11:42; with the year where it is not this one."""
    local = moment.astimezone(LOCAL)
    same_year = local.year == now.astimezone(LOCAL).year
    return Moment(f"{local:%m-%d %H:%M}" if same_year else f"{local:%Y-%m-%d %H:%M}", write_rfc3339(moment))


def full_moment(moment: datetime) -> Moment:
    """Where it must stand alone: 2026-10-18 14:03."""
    return Moment(f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}", write_rfc3339(moment))


def write_day(words: Words, day: date) -> str:
    """2026 年 10 月 18 日."""
    return words("time.day_with_year", year=day.year, month=words(f"time.month.{day.month}"), day=day.day)


def write_span(words: Words, span: timedelta) -> str:
    """41 小时, 35 分钟 or 5 天, rounded down; at least a minute (clocks may disagree)."""
    span = max(span, timedelta())
    if span >= HOURS_UP_TO:
        return words.count("time.days", span.days)
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    if hours:
        return words.count("time.hours", hours)
    return words.count("time.minutes", max(minutes, 1))


def _day(words: Words, day: date, now: datetime) -> str:
    if day.year != now.astimezone(LOCAL).year:
        return write_day(words, day)
    return words("time.day", month=words(f"time.month.{day.month}"), day=day.day)
