"""The trend as JSON (信用走势)."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from credit_scoring.scoring.export import plain_json, time_json
from credit_scoring.scoring.rhythm import is_year
from credit_scoring.scoring.run_results import Result, RunHead
from tracker.store.database import reading
from tracker.working_days import local_day_of
from web.api.run_shapes import TrendOut
from web.context import Asking
from web.runs.run_paths import TrendQuestion
from web.runs.trends import ToldTrend, trend_of

router = APIRouter(tags=["credit"])


@router.get("/api/v1/rankings/trend", responses={200: {"model": TrendOut}, 404: {}, 422: {}})
def show_trend(asking: Asking, asked: TrendQuestion) -> JSONResponse:
    """Up to six carriers through the saved runs of one rhythm and division, the oldest first."""
    with reading(asking.engine) as session:
        told = trend_of(session, asked, today=local_day_of(asking.now))
    lines = told.trend.lines
    answer = {
        "as_of": time_json(asking.now),
        "rhythm": asked.rhythm,
        "division": asked.area,
        "scheme": asked.scheme,
        "carriers": [line.carrier for line in lines],
        "objections": [told.disputed[line.carrier] for line in lines],
        "slots": [_slot_json(told, number) for number in range(len(told.trend.slots))],
    }
    return JSONResponse(plain_json(answer), headers={"Cache-Control": "no-cache"})


def run_json(run: RunHead) -> dict[str, Any]:
    """Which run it is."""
    return {"run": str(run.run_id), "scheme": run.scheme, "as_of": time_json(run.as_of), "position": run.position}


def _slot_json(told: ToldTrend, number: int) -> dict[str, Any]:
    slot, lines = told.trend.slots[number], told.trend.lines
    return {
        "from": slot.window.from_date.isoformat(),
        "to": slot.window.to_date.isoformat(),
        "year": is_year(slot.window),
        "closing": slot.is_closing,
        "run": run_json(slot.run) if slot.run else None,
        "points": [_point_json(line.results[number], told.disputed_in(line, slot)) for line in lines],
        "joined": [any(after == number for _, after in line.joins) for line in lines],
    }


def _point_json(result: Result | None, objections: int) -> dict[str, Any] | None:
    if result is None:
        return None
    place = result.place
    return {
        "score": place.score if place else None,
        "interval": list(place.interval) if place else None,
        "rank": place.rank if place else None,
        "best_place": place.best if place else None,
        "worst_place": place.worst if place else None,
        "grade": place.grade if place else None,
        "parcels": result.parcels,
        "covered_points": result.covered_points,
        "reason": result.reason,
        "objections": objections,
    }
