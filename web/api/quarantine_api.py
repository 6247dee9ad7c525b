"""The quarantine as JSON (隔离区): code, size and hash of what was refused, never its body."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tracker.access.audit import Action
from tracker.store.database import reading
from tracker.store.quarantine import Quarantined, find_quarantined
from web.accounts.auditing import record
from web.api.shapes import Shape, Time
from web.context import Asking
from web.page_tokens import parse_numeric_page_token, write_page_token

router = APIRouter(tags=["quarantine"])
MAX_PAGE = 500
LIST = "quarantine"


class QuarantinedOut(Shape):
    """One kept payload or event. `sha256` (hex) is of the whole, also where only its beginning is kept."""

    code: str
    reason: str
    carrier: str
    station: str
    device: str
    size: int
    sha256: str
    times_seen: int
    first_seen: Time
    last_seen: Time


class QuarantineOut(Shape):
    """A page, the newest first; `next` leads to the following one and is null on the last."""

    items: list[QuarantinedOut]
    next: str | None


@router.get("/api/v1/quarantine")
def show_quarantine(
    asking: Asking,
    response: Response,
    code: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,64}$")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    next_: Annotated[str | None, Query(alias="next", max_length=256)] = None,
) -> QuarantineOut:
    """What was refused or rejected, all of it or one code's."""
    response.headers["Cache-Control"] = "no-store"
    before = parse_numeric_page_token(LIST, next_) if next_ else None
    record(asking.request, Action.QUARANTINE_SEEN, object=code or "")
    with reading(asking.engine) as session:
        found = find_quarantined(session, code=code, before=before, limit=limit + 1)
    shown = found[:limit]
    more = write_page_token(LIST, shown[-1].id) if len(found) > limit else None
    return QuarantineOut(items=[_out(each) for each in shown], next=more)


def _out(each: Quarantined) -> QuarantinedOut:
    return QuarantinedOut(
        code=each.code,
        reason=each.reason,
        carrier=each.carrier,
        station=each.station,
        device=each.device,
        size=each.size,
        sha256=each.sha256,
        times_seen=each.times_seen,
        first_seen=each.first_seen,
        last_seen=each.last_seen,
    )
