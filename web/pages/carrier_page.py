"""The carrier page, and the parcels behind it (企业信用)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.governance.objections.objection_store import open_objections
from credit_scoring.scoring.parcels import find_parcels
from credit_scoring.scoring.score_store import latest_run_id
from tracker.store.database import reading
from tracker.store.parcel_store import parcels_of
from web.context import Asking
from web.page_tokens import parse_page_token, write_page_token
from web.pages.frame import show
from web.paths import CarrierCode, Scope
from web.reads import directory_of_parcels, known_carrier
from web.runs.assessed import assessed_of, change_since
from web.views.carrier_view import build_carrier_view
from web.views.parcels_view import build_lost_points_view
from web.views.scope_view import build_scope_view

router = APIRouter(include_in_schema=False)
PAGE = 50


@router.get("/carriers/{code}")
def show_carrier(asking: Asking, code: CarrierCode, scope: Scope) -> Response:
    """One carrier's credit, with the reasons for every point."""
    with reading(asking.engine) as session:
        carrier = known_carrier(session, code)
        assessed = assessed_of(session, asking.live, window=scope.window, division=scope.area, now=asking.now)
        since = change_since(session, assessed, carrier.code)
        objections = open_objections(session, carrier=carrier.code)
        run = latest_run_id(session, scope.window, scope.area)
    view = build_carrier_view(
        asking.words,
        assessed,
        carrier,
        scope=build_scope_view(asking.words, assessed, scope.division),
        since=since,
        objections=objections,
        run=run,
    )
    return show(asking.request, "carrier.html", view, section="rankings")


@router.get("/carriers/{code}/parcels")
def show_lost_points(
    asking: Asking,
    code: CarrierCode,
    scope: Scope,
    indicator: IndicatorName,
    next_: Annotated[str | None, Query(alias="next", max_length=256)] = None,
) -> Response:
    """The parcels that cost a carrier points in one indicator, 50 a page."""
    after = parse_page_token("parcels", next_) if next_ else None
    with reading(asking.engine) as session:
        carrier = known_carrier(session, code)
        assessed = assessed_of(session, asking.live, window=scope.window, division=scope.area, now=asking.now)
        numbers = find_parcels(
            session,
            carrier=carrier.code,
            indicator=indicator,
            window=scope.window,
            division=scope.area,
            as_of=assessed.assessment.as_of,
            after=after,
            limit=PAGE + 1,
        )
        parcels = parcels_of(session, numbers[:PAGE])
        known = directory_of_parcels(session, parcels.values())
    view = build_lost_points_view(
        asking.words,
        [parcels[number] for number in numbers[:PAGE] if number in parcels],
        carrier=carrier,
        indicator=indicator_of(indicator),
        assessed=assessed,
        division=scope.division,
        known=known,
        now=asking.now,
        next_token=write_page_token("parcels", numbers[PAGE - 1]) if len(numbers) > PAGE else None,
        is_first=after is None,
    )
    return show(asking.request, "parcels.html", view, section="rankings")
