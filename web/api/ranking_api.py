"""The ranking as JSON (信用排名)."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from credit_scoring.governance.objections.objection_store import open_objections
from credit_scoring.scoring.export import plain_json, ranking_json
from tracker.store.database import reading
from web.api.credit_shapes import RankingOut
from web.api.objection_marks import open_by_carrier
from web.context import Asking
from web.paths import Scope
from web.runs.assessed import assessed_of

router = APIRouter(tags=["credit"])


@router.get("/api/v1/rankings/carriers", responses={200: {"model": RankingOut}})
def show_rankings(asking: Asking, scope: Scope) -> JSONResponse:
    """The ranking of a period and a division; `run` is null where it was computed for this answer."""
    with reading(asking.engine) as session:
        assessed = assessed_of(session, asking.live, window=scope.window, division=scope.area, now=asking.now)
        still_open = open_by_carrier(open_objections(session))
    told = plain_json(ranking_json(assessed.assessment, run=assessed.run))
    for row in (*told["rows"], *told["unranked"]):
        row["open_objections"] = len(still_open.get(row["carrier"], ()))
    return JSONResponse(told, headers={"Cache-Control": "no-cache"})
