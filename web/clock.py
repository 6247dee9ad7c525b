"""The clock (时钟): the one place where the web asks what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def read_clock() -> datetime:
    """Now, aware and in UTC, to the second: what a page says it was seen at."""
    return datetime.now(UTC).replace(microsecond=0)
