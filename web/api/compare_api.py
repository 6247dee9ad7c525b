"""The comparison as JSON (并列比较)."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from credit_scoring.scheme.rules import Dimension
from credit_scoring.scoring.comparison import Compared
from credit_scoring.scoring.export import head_json, plain_json, ranked_json, unranked_json
from credit_scoring.scoring.ranking import Ranked, Unranked
from tracker.store.database import reading
from web.api.run_shapes import ComparisonOut
from web.context import Asking
from web.errors import CarriersMiscounted, RunNotFound
from web.runs.comparisons import ToldComparison, comparison_of
from web.runs.run_paths import COMPARED, ComparedCarriers, RunQuestion
from web.views.compare_view import disputed_names

router = APIRouter(tags=["credit"])


@router.get("/api/v1/rankings/compare", responses={200: {"model": ComparisonOut}, 404: {}, 422: {}})
def show_comparison(asking: Asking, asked: RunQuestion, codes: ComparedCarriers) -> JSONResponse:
    """Two to four carriers (`carrier=`) in the newest saved run of a period and division; without `from` and `to` in
    the latest period that has one."""
    if len(codes) < COMPARED[0]:
        raise CarriersMiscounted(
            f"`carrier=` {len(codes)} times: {COMPARED[0]} to {COMPARED[1]} stand beside each other"
        )
    with reading(asking.engine) as session:
        told = comparison_of(session, asked, codes)
    if told.assessed is None:
        raise RunNotFound(str(asked.window))
    answer = {
        **head_json(told.assessed.assessment, told.assessed.run),
        "carriers": [_carrier_json(told, each) for each in told.standings],
        "compared": {name: _compared_json(each) for name, each in told.compared.items()},
    }
    return JSONResponse(plain_json(answer), headers={"Cache-Control": "no-cache"})


def _carrier_json(told: ToldComparison, standing: Ranked | Unranked) -> dict[str, Any]:
    score, ranked = standing.score, isinstance(standing, Ranked)
    objections = told.objections.get(score.carrier, ())
    names = {name.value for name in (measure.indicator.name for measure in score.measures)}
    return {
        "standing": ranked_json(standing) if isinstance(standing, Ranked) else unranked_json(standing),
        "dimensions": {
            each.value: {
                "value": score.dimension_share(each) if ranked else None,
                "interval": list(interval) if ranked and (interval := score.dimension_interval(each)) else None,
            }
            for each in Dimension
        },
        "objections": len(objections),
        "disputed": sorted(disputed_names(objections) & names),
    }


def _compared_json(compared: Compared) -> dict[str, Any]:
    return {
        "ahead": [{"carrier": code, "of": list(of)} for code, of in compared.ahead],
        "alike": [list(pair) for pair in compared.alike],
    }
