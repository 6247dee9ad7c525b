"""Versions (报文版本): which `v` of a batch is read, and until when. What waited out an upgrade still counts."""

from collections.abc import Mapping
from datetime import date

VERSION = 1  # what this program writes
WRITTEN_FROM: Mapping[int, date] = {1: date(2026, 7, 1)}  # the day of the release whose devices wrote it first
TAKEN_FOR_YEARS = 1  # 12 months after its successor is out: a station may have been offline, or not yet updated


def taken_until(version: int, written_from: Mapping[int, date] = WRITTEN_FROM) -> date | None:
    """The first day on which a version is no longer taken; None for the newest. Raises KeyError for an unknown one."""
    written_from[version]
    later = [since for other, since in written_from.items() if other > version]
    return _years_after(min(later), TAKEN_FOR_YEARS) if later else None


def refusal_of(version: int, *, today: date, written_from: Mapping[int, date] = WRITTEN_FROM) -> str | None:
    """Why a batch of this version is refused on this day (UTC), for people; None where it is taken."""
    if version not in written_from:
        return f"v {version}, this tracker reads {', '.join(str(known) for known in sorted(written_from))}"
    until = taken_until(version, written_from)
    if until is not None and today >= until:
        return f"v {version} was taken until {until.isoformat()}: update the device"
    return None


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
