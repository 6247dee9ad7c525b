"""The periods (常用期间): windows that people ask for by name, each a link."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from credit_scoring.evidence.window import Window
from web.views.scope_view import scope_query
from web.words import Words


@dataclass(frozen=True, slots=True)
class Period:
    """A period by name."""

    text: str
    href: str
    is_chosen: bool


def periods_on(today: date) -> dict[str, Window]:
    """The last 30 days, this month, quarter and year up to and with today; all of last month and of last year."""
    after = today + timedelta(days=1)
    month = today.replace(day=1)
    quarter = today.replace(month=today.month - (today.month - 1) % 3, day=1)
    return {
        "last_30_days": Window.parse(None, None, today=today),
        "this_month": Window(month, after),
        "last_month": Window((month - timedelta(days=1)).replace(day=1), month),
        "this_quarter": Window(quarter, after),
        "this_year": Window(date(today.year, 1, 1), after),
        "last_year": Window(date(today.year - 1, 1, 1), date(today.year, 1, 1)),
    }


def build_periods(
    words: Words, window: Window, *, path: str, division: str | None, kept: dict[str, str], today: date
) -> tuple[Period, ...]:
    """Links to the named periods that keep the division and what else was asked."""
    onward = f"&{urlencode(kept)}" if kept else ""
    return tuple(
        Period(words(f"period.{name}"), f"{path}?{scope_query(each, division)}{onward}", each == window)
        for name, each in periods_on(today).items()
    )
