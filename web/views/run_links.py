"""The ways to the pages over saved runs (历次考核入口), from the ranking, a company's page and each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from credit_scoring.evidence.window import Window
from web.words import Words


@dataclass(frozen=True, slots=True)
class PeriodLink:
    """A period that was judged; `is_chosen` where it is the page's own."""

    text: str
    href: str
    is_chosen: bool = False


def write_window(words: Words, window: Window) -> str:
    """2026-05-01 to 2026-05-31: both days are in it."""
    return words("runs.window", first=window.from_date.isoformat(), last=window.last_day.isoformat())


def trend_href(carriers: Sequence[str], division: str | None) -> str:
    """The trend of carriers in a division (None: nationwide); of none named: of those placed first."""
    pairs = [*(("carrier", code) for code in carriers), *([("division", division)] if division else [])]
    return "/rankings/trend" + (f"?{urlencode(pairs)}" if pairs else "")
