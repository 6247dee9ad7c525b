"""A carrier's credit as JSON (企业信用)."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from credit_scoring.governance.objections.objection_store import objections_of
from credit_scoring.scoring.assess import EXAMPLES, CarrierAssessment
from credit_scoring.scoring.conditions import COUNTED
from credit_scoring.scoring.export import carrier_json, plain_json, time_json
from credit_scoring.scoring.parcels import find_parcels
from tracker.store.database import reading
from web.api.credit_shapes import RankedCreditOut, UnrankedCreditOut
from web.api.objection_marks import objection_json
from web.api.report_api import AS_JSON, show_signed
from web.context import Asking
from web.paths import CarrierCode, Scope
from web.reads import known_carrier
from web.report.asked import AskedRun, signed_facts
from web.runs.assessed import Since, assessed_of, change_since

router = APIRouter(tags=["credit"])
POINT_DIGITS = 6


@router.get("/api/v1/carriers/{code}/credit", responses={200: {"model": RankedCreditOut | UnrankedCreditOut}})
def show_credit(asking: Asking, code: CarrierCode, scope: Scope) -> JSONResponse:
    """One carrier's row of the ranking and its reasons, with the first parcels behind each."""
    with reading(asking.engine) as session:
        carrier = known_carrier(session, code)
        assessed = assessed_of(session, asking.live, window=scope.window, division=scope.area, now=asking.now)
        lost = {
            name: find_parcels(
                session,
                carrier=carrier.code,
                indicator=name,
                window=scope.window,
                division=scope.area,
                as_of=assessed.assessment.as_of,
                limit=EXAMPLES,
            )
            for name in COUNTED
        }
        since = change_since(session, assessed, carrier.code)
        years = {scope.window.from_date.year, scope.window.last_day.year}
        objections = objections_of(session, carrier.code, years)
    standing = assessed.assessment.standing_of(carrier.code)
    credit = CarrierAssessment(carrier.code, assessed.assessment, standing, lost)
    told = plain_json(carrier_json(credit, run=assessed.run))
    told |= {
        "since": since_json(since) if since else None,
        "objections": [objection_json(each) for each in objections],
    }
    return JSONResponse(told, headers={"Cache-Control": "no-cache"})


@router.get("/api/v1/carriers/{code}/report", response_class=Response, responses=AS_JSON)
def show_report(asking: Asking, code: CarrierCode, scope: Scope, run: AskedRun = None) -> Response:
    """A carrier's report in one saved run, as flattened JWS under the tracker's key."""
    return show_signed(asking, signed_facts(asking, code, scope, run))


def since_json(since: Since) -> dict[str, Any]:
    """The change since the run before, in points of 1000; the parts add up to the difference, but for rounding."""
    assessment, change = since.before.assessment, since.change
    return {
        "run": str(since.before.run),
        "as_of": time_json(assessment.as_of),
        "scheme": assessment.scheme.version,
        "difference": round(float(change.difference), POINT_DIGITS),
        "covered_points": list(change.covered_points),
        "changes": [
            {"indicator": each.indicator, "points": round(float(each.points), POINT_DIGITS), "turn": each.turn}
            for each in change.changes
        ],
    }
