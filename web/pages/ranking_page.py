"""The ranking page, and the same as CSV and as a spreadsheet (信用排名)."""

from fastapi import APIRouter, Response

from credit_scoring.governance.objections.objection import Objection
from credit_scoring.governance.objections.objection_store import open_objections
from credit_scoring.scoring.run_series_store import runs_in
from credit_scoring.scoring.trend import choose_runs
from tracker.store.database import reading
from tracker.store.registry import Carrier, carriers
from tracker.working_days import local_day_of
from web.context import Asking
from web.pages.csv_file import write_ranking_csv
from web.pages.frame import show
from web.pages.ranking_sheet import write_ranking_sheet
from web.pages.table_file import CSV, XLSX, answer_file
from web.paths import AskedScope, RankingOrder, Scope
from web.reads import latest_acceptance
from web.runs.assessed import Assessed, assessed_of
from web.views.ranking_view import build_ranking_view
from web.views.scope_view import build_scope_view

router = APIRouter(include_in_schema=False)


@router.get("/rankings")
def show_rankings(asking: Asking, scope: Scope, order: RankingOrder) -> Response:
    """Who stands where in a period and a division, how sure that is, and why."""
    with reading(asking.engine) as session:
        assessed = assessed_of(session, asking.live, window=scope.window, division=scope.area, now=asking.now)
        known = carriers(session)
        latest = None if assessed.assessment.evidence else latest_acceptance(session)
        disputed = {each.carrier for each in open_objections(session)}
        runs = runs_in(session, [scope.window], scope.area)
    view = build_ranking_view(
        asking.words,
        assessed,
        carriers=known,
        scope=build_scope_view(asking.words, assessed, scope.division),
        order=order,
        today=local_day_of(asking.now),
        latest=latest,
        disputed=disputed,
        saved=choose_runs(runs, None).get(scope.window),
    )
    return show(asking.request, "rankings.html", view, section="rankings")


@router.get("/rankings.csv")
def show_rankings_csv(asking: Asking, scope: Scope) -> Response:
    """The same as a file for a spreadsheet, its header in the page's language, UTF-8 with BOM."""
    assessed, known, objections = _read(asking, scope)
    return _file(write_ranking_csv(asking.words, assessed, known, objections), scope, "csv", CSV)


@router.get("/rankings.xlsx")
def show_rankings_sheet(asking: Asking, scope: Scope) -> Response:
    """The same as a workbook: the ranking, every indicator with its interval, and what it rests on."""
    assessed, known, objections = _read(asking, scope)
    shown = build_scope_view(asking.words, assessed, scope.division)
    return _file(write_ranking_sheet(asking.words, assessed, known, shown, objections), scope, "xlsx", XLSX)


def _read(asking: Asking, scope: AskedScope) -> tuple[Assessed, dict[str, Carrier], list[Objection]]:
    with reading(asking.engine) as session:
        assessed = assessed_of(session, asking.live, window=scope.window, division=scope.area, now=asking.now)
        return assessed, carriers(session), open_objections(session)


def _file(content: bytes, scope: AskedScope, ending: str, media_type: str) -> Response:
    name = f"jixin-rankings-{scope.window.from_date}-{scope.window.to_date}-{scope.area or 'all'}.{ending}"
    return answer_file(content, name, media_type)
