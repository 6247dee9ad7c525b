"""Places in the list of devices (终端列表翻页): where a page ended, and as of when, so that all pages see one list."""

from datetime import UTC, datetime, timedelta

from tracker.store.silence import Place, Watch
from tracker.store.types import to_microseconds
from web.errors import PageTokenInvalid
from web.page_tokens import parse_page_token, write_page_token

LIST = "devices"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_place(watch: Watch, place: Place) -> str:
    """The page token after `place`."""
    numbers = (to_microseconds(watch.now), place.rank, to_microseconds(place.since), place.device_no)
    return write_page_token(LIST, ",".join(map(str, numbers)))


def parse_watch(token: str | None, *, now: datetime, silent_after_hours: int) -> tuple[Watch, Place | None]:
    """As of when to look, and after which place; the first page looks now. Raises PageTokenInvalid."""
    if token is None:
        return Watch(now, silent_after_hours), None
    try:
        as_of, rank, since, device_no = map(int, parse_page_token(LIST, token).split(","))
        place = Place(rank, _moment(since), device_no)
        watch = Watch(min(_moment(as_of), now), silent_after_hours)
    except (ValueError, OverflowError) as error:
        raise PageTokenInvalid from error
    if not (0 <= rank < 3 and 0 <= device_no < 2**31 and watch.now.year > 1970):
        raise PageTokenInvalid
    return watch, place


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
