"""The picture by province as JSON (分省情况)."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from credit_scoring.scoring.export import plain_json
from credit_scoring.scoring.provinces import ProvinceFigure
from tracker.store.database import reading
from tracker.wire.divisions import division_of
from web.api.run_shapes import MapOut
from web.api.trend_api import run_json
from web.context import Asking
from web.runs.map_paths import MapQuestion
from web.runs.maps import ToldMap, map_of
from web.views.map_figures import interval_of, value_of

router = APIRouter(tags=["credit"])


@router.get("/api/v1/rankings/map", responses={200: {"model": MapOut}, 404: {}, 422: {}})
def show_map(asking: Asking, asked: MapQuestion) -> JSONResponse:
    """A figure for each of the 34 province-level divisions, from their saved runs for a period; without `from` and `to`
    for the latest in which a province was judged. `sort` and `turned` are the page's."""
    with reading(asking.engine) as session:
        told = map_of(session, asked)
    answer = {
        "from": told.window.from_date.isoformat() if told.window else None,
        "to": told.window.to_date.isoformat() if told.window else None,
        "figure": asked.figure,
        "carrier": told.carrier,
        "provinces": [_province_json(told, each) for each in told.figures.values()],
    }
    return JSONResponse(plain_json(answer), headers={"Cache-Control": "no-cache"})


def _province_json(told: ToldMap, each: ProvinceFigure) -> dict[str, Any]:
    province, interval, place, measure = division_of(each.code), interval_of(each), each.place, each.measure
    sample = measure.denominator if measure else each.sample or each.parcels
    return {
        "division": each.code,
        "name": province.name if province else each.code,
        "run": run_json(each.run) if each.run else None,
        "parcels": each.parcels,
        "value": value_of(each),
        "interval": list(interval) if interval else None,
        "sample": None if each.missing else sample,
        "carrier": each.carrier,
        "rank": place.rank if place else None,
        "grade": place.grade if place else None,
        "missing": each.missing,
        "objections": told.disputed_in(each) if each.run else 0,
    }
