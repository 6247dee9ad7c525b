"""The app (网站): pages and JSON over one database, put together and handed down."""

from fastapi import Depends, FastAPI
from sqlalchemy.engine import Engine

from web.access import check_access
from web.accounts.keys import read_account_keys
from web.api import (
    archive_api,
    carrier_api,
    compare_api,
    complaint_api,
    description,
    device_api,
    health,
    map_api,
    metrics,
    objection_api,
    parcel_api,
    product_api,
    quarantine_api,
    ranking_api,
    rating_api,
    report_api,
    review_api,
    station_api,
    trend_api,
)
from web.api.claim_metrics import ClaimCollector
from web.api.device_metrics import DeviceCollector
from web.api.key_metrics import KeyCollector
from web.api.overdue_metrics import objections, rights_requests
from web.api.quarantine_metrics import QuarantineCollector
from web.assets import AssetFiles, Assets
from web.body_limit import BodyLimit
from web.clock import Clock, read_clock
from web.few_at_once import HASHES_AT_ONCE, HASHES_WAITING, FewAtOnce
from web.pages import (
    account_page,
    accounts_page,
    archive_form_page,
    archive_page,
    audit_page,
    bulletin_page,
    carrier_page,
    commitments_page,
    compare_page,
    complaint_case_page,
    complaint_desk,
    complaint_desk_case,
    complaint_page,
    device_page,
    evaluations_page,
    icon,
    ledger_page,
    login_page,
    managed_page,
    map_page,
    objections_page,
    product_page,
    ranking_page,
    report_page,
    review_page,
    reviews_page,
    rights_desk,
    rights_page,
    scheme_page,
    schemes_desk,
    search_page,
    trace_page,
    trend_page,
    vault_page,
)
from web.pages.frame import Frames
from web.problems import add_problem_handlers
from web.quarantine_limits import quarantine_limits
from web.report.press import Press
from web.request_metrics import RequestMetrics
from web.runs.assessed import LiveAssessments
from web.runs.previews import Previews
from web.security import HeadAnswers, SecurityHeaders
from web.settings import Settings

MODULES = (
    archive_form_page,  # before the archives themselves: `record` is no holder's kind
    archive_page,
    commitments_page,
    archive_api,
    search_page,
    trace_page,
    ranking_page,
    trend_page,
    compare_page,
    map_page,
    carrier_page,
    report_page,
    review_page,
    reviews_page,
    evaluations_page,
    bulletin_page,
    complaint_page,
    complaint_case_page,
    complaint_desk,
    objections_page,
    complaint_desk_case,
    scheme_page,
    schemes_desk,
    product_page,
    device_page,
    login_page,
    account_page,
    accounts_page,
    managed_page,
    vault_page,
    rights_page,
    rights_desk,
    ledger_page,
    audit_page,
    icon,
    parcel_api,
    ranking_api,
    trend_api,
    compare_api,
    map_api,
    carrier_api,
    report_api,
    review_api,
    rating_api,
    complaint_api,
    objection_api,
    quarantine_api,
    product_api,
    device_api,
    station_api,
    description,
    health,
    metrics,
)


def create_app(settings: Settings, engine: Engine, *, clock: Clock = read_clock) -> FastAPI:
    """The website over a migrated database. Every route stands in web.access."""
    app = FastAPI(
        title="Jixin 迹信",
        version="1",
        openapi_url=None,  # web.api.description shows it; FastAPI's pages, which need this, load scripts from elsewhere
        dependencies=[Depends(check_access)],
    )
    assets = Assets()
    app.state.settings, app.state.engine, app.state.clock = settings, engine, clock
    app.state.account_keys, app.state.press = read_account_keys(settings.account_key_file), Press()
    app.state.slow_hashes = FewAtOnce("slow-hash", at_once=HASHES_AT_ONCE, waiting=HASHES_WAITING)
    app.state.frames, app.state.live, app.state.previews = Frames(assets), LiveAssessments(), Previews()
    app.state.metrics = metrics.build_metrics(engine)
    app.state.metrics.registry.register(QuarantineCollector(engine, quarantine_limits(settings)))
    silence = DeviceCollector(engine, silent_after_hours=settings.silent_after, clock=clock)
    app.state.metrics.registry.register(silence)
    app.state.metrics.registry.register(
        KeyCollector(engine, settings.receipt_key_file.parent, clock, (settings.broker_ca, settings.broker_certificate))
    )
    app.state.metrics.registry.register(rights_requests(engine, clock))
    app.state.metrics.registry.register(objections(engine, clock))
    app.state.metrics.registry.register(ClaimCollector(engine))
    for module in MODULES:
        app.include_router(module.router)
    app.mount("/static", AssetFiles(assets), name="static")
    add_problem_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestMetrics, metrics=app.state.metrics)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadAnswers)
    return app
