"""Devices as JSON (终端状况): when each was last heard, the worst first."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tracker.access.audit import Action
from tracker.store.database import reading
from tracker.store.silence import HeardDevice, Voice, find_heard_devices
from web.accounts.auditing import record
from web.api.shapes import Shape, Time
from web.context import Asking
from web.device_places import parse_watch, write_place

router = APIRouter(tags=["devices"])
MAX_PAGE = 500


class DeviceOut(Shape):
    """One device. `online`, `waiting` and `oldest_waiting` are its own unsigned word; null where it never said.

    `certificate_ends` is null where none is on record: its broker asks for none, or it was enrolled before ends were.
    """

    carrier: str
    station: str
    device: str
    state: Voice
    last_word: Time | None
    last_recorded_at: Time | None
    last_status_at: Time | None
    online: bool | None
    waiting: int | None
    oldest_waiting: Time | None
    enrolled_at: Time
    silent_after_hours: int
    certificate_ends: Time | None
    clock_off_ms: int | None


class DevicesOut(Shape):
    """A page, the worst first; `next` leads to the following one and is null on the last."""

    as_of: Time
    items: list[DeviceOut]
    next: str | None


@router.get("/api/v1/devices")
def show_devices(
    asking: Asking,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    next_: Annotated[str | None, Query(alias="next", max_length=256)] = None,
) -> DevicesOut:
    """The enrolled devices: offline with scans waiting, then silent, then reporting; the longest silent first."""
    response.headers["Cache-Control"] = "no-store"
    watch, after = parse_watch(next_, now=asking.now, silent_after_hours=asking.silent_after_hours)
    record(asking.request, Action.DEVICES_SEEN, object=str(asking.scope))
    with reading(asking.engine) as session:
        found = find_heard_devices(session, watch, within=asking.scope, after=after, limit=limit + 1)
    shown = found[:limit]
    more = write_place(watch, shown[-1].place) if len(found) > limit else None
    return DevicesOut(as_of=watch.now, items=[_out(each) for each in shown], next=more)


def _out(each: HeardDevice) -> DeviceOut:
    return DeviceOut(
        carrier=each.carrier,
        station=each.station,
        device=each.device,
        state=each.voice,
        last_word=each.last_word,
        last_recorded_at=each.last_recorded_at,
        last_status_at=each.last_status_at,
        online=each.online,
        waiting=each.waiting,
        oldest_waiting=each.oldest_waiting,
        enrolled_at=each.enrolled_at,
        silent_after_hours=each.silent_after_hours,
        certificate_ends=each.certificate_ends,
        clock_off_ms=each.clock_off_ms,
    )
