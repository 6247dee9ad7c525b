"""A station's settings (网点设置): after how many hours without a word its devices count as silent."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from tracker.access.audit import Action
from tracker.store.database import transaction
from tracker.store.registry import save_silence_threshold
from tracker.wire.topics import CODE_PATTERN
from web.accounts.auditing import note
from web.api.shapes import Shape
from web.context import Asking
from web.errors import StationNotFound

router = APIRouter(tags=["devices"])
MAX_HOURS = 8760  # a year
Code = Annotated[str, Path(pattern=CODE_PATTERN.replace(r"(?!\n)", ""))]


class StationIn(Shape):
    """null: as the installation's setting says."""

    silent_after_hours: Annotated[int, Field(ge=1, le=MAX_HOURS)] | None


class StationOut(Shape):
    """The station's own threshold; null where it has none."""

    carrier: str
    station: str
    silent_after_hours: int | None


@router.put("/api/v1/stations/{carrier}/{station}")
def set_station(asking: Asking, carrier: Code, station: Code, body: StationIn) -> StationOut:
    """Set a known station's threshold; 404 `station-not-found` for one that the registry does not know."""
    with transaction(asking.engine) as session:
        known = save_silence_threshold(session, carrier, station, hours=body.silent_after_hours)
        if not known:
            raise StationNotFound(f"{carrier}/{station}")
        note(session, asking.request, Action.STATION_CHANGED, object=f"{carrier}/{station}")
    return StationOut(carrier=carrier, station=station, silent_after_hours=body.silent_after_hours)
