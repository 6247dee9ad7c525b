"""The ranking page, and the same as CSV (信用排名)."""

from fastapi import APIRouter, Response

from tracker.store.database import reading
from tracker.store.registry import carriers
from web.assessed import assessed_of
from web.context import Asking
from web.pages.csv_file import write_ranking_csv
from web.pages.frame import show
from web.paths import Scope
from web.reads import latest_acceptance
from web.views.ranking_view import build_ranking_view
from web.views.scope_view import build_scope_view

router = APIRouter(include_in_schema=False)


@router.get("/rankings")
def show_rankings(asking: Asking, scope: Scope) -> Response:
    """Who stands where in a period and a division, how sure that is, and why."""
    with reading(asking.engine) as session:
        assessed = assessed_of(session, asking.live, window=scope.window, division=scope.area, now=asking.now)
        known = carriers(session)
        latest = None if assessed.assessment.evidence else latest_acceptance(session)
    shown = build_scope_view(asking.words, assessed, scope.division)
    view = build_ranking_view(asking.words, assessed, carriers=known, scope=shown, latest=latest)
    return show(asking.request, "rankings.html", view, section="rankings")


@router.get("/rankings.csv")
def show_rankings_csv(asking: Asking, scope: Scope) -> Response:
    """The same as a file for a spreadsheet, its header in the page's language, UTF-8 with BOM."""
    with reading(asking.engine) as session:
        assessed = assessed_of(session, asking.live, window=scope.window, division=scope.area, now=asking.now)
        known = carriers(session)
    name = f"jixin-rankings-{scope.window.from_date}-{scope.window.to_date}-{scope.area or 'all'}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    content = write_ranking_csv(asking.words, assessed, known)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
