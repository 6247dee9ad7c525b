"""The ways to the pages over saved runs (历次考核入口), from the ranking and from a company's page."""

from collections.abc import Sequence
from urllib.parse import urlencode


def trend_href(carriers: Sequence[str], division: str | None) -> str:
    """The trend of carriers in a division (None: nationwide); of none named: of those placed first."""
    pairs = [*(("carrier", code) for code in carriers), *([("division", division)] if division else [])]
    return "/rankings/trend" + (f"?{urlencode(pairs)}" if pairs else "")
