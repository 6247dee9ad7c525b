"""The devices page (终端状况): who is silent within the asker's scope; the worst first."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tracker.access.audit import Action
from tracker.store.certificate_ends import ENDING_WITHIN, count_ends
from tracker.store.database import reading
from tracker.store.registry import carriers, stations_of
from tracker.store.silence import count_voices, find_heard_devices
from web.accounts.auditing import record
from web.context import Asking
from web.device_places import parse_watch, write_place
from web.pages.frame import show
from web.views.devices_view import build_devices_view
from web.views.names import Directory

router = APIRouter(include_in_schema=False)
PAGE = 50


@router.get("/regulator/devices")
def show_devices(asking: Asking, next_: Annotated[str | None, Query(alias="next", max_length=256)] = None) -> Response:
    """The enrolled devices and when each was last heard, 50 a page."""
    watch, after = parse_watch(next_, now=asking.now, silent_after_hours=asking.silent_after_hours)
    scope = asking.scope
    record(asking.request, Action.DEVICES_SEEN, object=str(scope))
    with reading(asking.engine) as session:
        found = find_heard_devices(session, watch, within=scope, after=after, limit=PAGE + 1)
        counts = count_voices(session, watch, within=scope)
        ends = count_ends(session, by=watch.now + ENDING_WITHIN, within=scope)
        keys = {(each.carrier, each.station) for each in found}
        known = Directory(carriers(session), stations_of(session, keys))
    view = build_devices_view(
        asking.words,
        found[:PAGE],
        counts=counts,
        ends=ends,
        watch=watch,
        known=known,
        next_token=write_place(watch, found[PAGE - 1].place) if len(found) > PAGE else None,
        is_first=after is None,
    )
    response = show(asking.request, "devices.html", view, section="devices")
    response.headers["Cache-Control"] = "no-store"
    return response
