"""The ranking as JSON (信用排名)."""

from typing import Any

from fastapi import APIRouter, Response

from credit_scoring.scoring.export import ranking_json
from tracker.store.database import reading
from web.assessed import assessed_of
from web.context import Asking
from web.paths import Scope

router = APIRouter(tags=["credit"])


@router.get("/api/v1/rankings/carriers")
def show_rankings(asking: Asking, scope: Scope, response: Response) -> dict[str, Any]:
    """The ranking of a period and a division; `run` is null where it was computed for this answer."""
    response.headers["Cache-Control"] = "no-cache"
    with reading(asking.engine) as session:
        assessed = assessed_of(session, asking.live, window=scope.window, division=scope.area, now=asking.now)
    return ranking_json(assessed.assessment, run=assessed.run)
