"""The access table (访问权限): every route and its audience. A route that is not named here answers nobody."""

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from tracker.access.api_tokens import TokenScope
from tracker.access.audit import Action, Outcome
from tracker.access.roles import Role
from tracker.access.sessions import Standing
from web.accounts.asker import ANONYMOUS, asker_of, find_asker
from web.accounts.audience import Audience, of_own_carrier
from web.accounts.auditing import record
from web.accounts.cookies import LOGIN, read_cookie
from web.accounts.forms import FormSize, check_csrf, csrf_of_login
from web.errors import NotAllowed, RequestMalformed, RouteUndeclared, ScopeMissing

SAFE = ("GET", "HEAD", "OPTIONS")
PUBLIC = Audience(everybody=True)
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
WATCHERS = frozenset({Role.ADMINISTRATOR, Role.REGULATOR, Role.CARRIER, Role.STATION_MANAGER})
EVERY_ACCOUNT = frozenset(Role)
CARRIERS_PEOPLE = frozenset({Role.CARRIER, Role.STATION_MANAGER, Role.COURIER})  # whose reviews of it count nothing
ANSWERING = frozenset({Role.CARRIER, Role.REGULATOR})
BEGINNING = frozenset({Standing.PASSWORD, Standing.ENROLMENT, Standing.FULL})

DEVICES = Audience(roles=WATCHERS, token=TokenScope.DEVICES_READ)
AUDIT = Audience(roles=ADMINISTRATOR, token=TokenScope.AUDIT_READ)
ADMINISTRATORS = Audience(roles=ADMINISTRATOR)
OFFICERS = Audience(roles=frozenset({Role.VAULT_OFFICER}))
LEDGER = Audience(roles=ADMINISTRATOR | {Role.VAULT_OFFICER})
OWN = Audience(roles=EVERY_ACCOUNT)
REGULATOR = Audience(roles=frozenset({Role.REGULATOR}))
LONG_FORM = Audience(roles=frozenset({Role.REGULATOR}), form=FormSize(fields=400, octets=256 * 1024))
OWN_CARRIER = Audience(roles=frozenset({Role.CARRIER}))
EMPLOYERS = Audience(roles=frozenset({Role.CARRIER, Role.STATION_MANAGER}))
KEEPERS = frozenset({Role.ADMINISTRATOR, Role.REGULATOR, Role.CARRIER})
ARCHIVES_WRITE = Audience(roles=KEEPERS, token=TokenScope.ARCHIVES_WRITE)

ACCESS: dict[str, Audience] = {
    "/": PUBLIC,
    "/t/{waybill_no}": PUBLIC,
    "/t/{waybill_no}/review": Audience(everybody=True, roles=CARRIERS_PEOPLE),
    "/t/{waybill_no}/qr.svg": PUBLIC,
    "/t/{waybill_no}/qr.png": PUBLIC,
    "/rankings": PUBLIC,
    "/rankings.csv": PUBLIC,
    "/rankings.xlsx": PUBLIC,
    "/rankings/compare": PUBLIC,
    "/rankings/compare.csv": PUBLIC,
    "/rankings/compare.xlsx": PUBLIC,
    "/rankings/map": PUBLIC,
    "/rankings/map.csv": PUBLIC,
    "/rankings/map.xlsx": PUBLIC,
    "/rankings/trend": PUBLIC,
    "/rankings/trend.csv": PUBLIC,
    "/rankings/trend.xlsx": PUBLIC,
    "/carriers/{code}": PUBLIC,
    "/carriers/{code}/parcels": PUBLIC,
    "/carriers/{code}/report": PUBLIC,
    "/carriers/{code}/report.pdf": PUBLIC,
    "/carriers/{code}/report.json": PUBLIC,
    "/carrier/report": OWN_CARRIER,
    "/carrier/report.pdf": OWN_CARRIER,
    "/carrier/report.json": OWN_CARRIER,
    "/reports/authority.crt": PUBLIC,
    "/carriers/{code}/reviews": Audience(everybody=True, roles=ANSWERING),
    "/carriers/{code}/reviews/{voice_no}/notes": Audience(roles=ANSWERING),
    "/voices/rules": PUBLIC,
    "/regulator/evaluations": Audience(roles=frozenset({Role.REGULATOR})),
    "/carrier/objections": Audience(roles=frozenset({Role.CARRIER})),
    "/regulator/objections": Audience(roles=frozenset({Role.REGULATOR})),
    "/objections/{objection_no}": Audience(roles=ANSWERING),
    "/objections/{objection_no}/evidence": Audience(roles=ANSWERING),
    "/regulator/schemes": REGULATOR,
    "/regulator/schemes/{draft_id}": LONG_FORM,
    "/regulator/schemes/{draft_id}/text": LONG_FORM,
    "/regulator/schemes/{draft_id}/preview": REGULATOR,
    "/regulator/schemes/{draft_id}/sign": REGULATOR,
    "/schemes": PUBLIC,
    "/schemes/{version}": PUBLIC,
    "/01/{key:path}": PUBLIC,
    "/qr/svg/01/{key:path}": PUBLIC,
    "/qr/png/01/{key:path}": PUBLIC,
    "/static": PUBLIC,
    "/favicon.ico": PUBLIC,
    "/openapi.json": PUBLIC,
    "/api/v1/parcels/{waybill_no}/trace": PUBLIC,
    "/api/v1/parcels/{waybill_no}/proof": Audience(everybody=True, roles=ADMINISTRATOR, token=TokenScope.PROOFS_READ),
    "/api/v1/parcels/{waybill_no}/review-codes": PUBLIC,
    "/api/v1/parcels/{waybill_no}/reviews": Audience(everybody=True, roles=CARRIERS_PEOPLE),
    "/api/v1/carriers/{code}/reviews": PUBLIC,
    "/api/v1/objections": Audience(roles=ADMINISTRATOR | ANSWERING, token=TokenScope.OBJECTIONS),
    "/api/v1/ratings": Audience(roles=ADMINISTRATOR | {Role.PLATFORM}, token=TokenScope.RATINGS_WRITE),
    "/api/v1/rankings/carriers": PUBLIC,
    "/api/v1/rankings/compare": PUBLIC,
    "/api/v1/rankings/map": PUBLIC,
    "/api/v1/rankings/trend": PUBLIC,
    "/api/v1/carriers/{code}/credit": PUBLIC,
    "/api/v1/carriers/{code}/report": PUBLIC,
    "/api/v1/quarantine": Audience(roles=ADMINISTRATOR, token=TokenScope.QUARANTINE_READ),
    "/api/v1/products": Audience(roles=ADMINISTRATOR | {Role.PLATFORM}, token=TokenScope.PRODUCTS_WRITE),
    "/api/v1/devices": DEVICES,
    "/api/v1/stations/{carrier}/{station}": Audience(
        roles=ADMINISTRATOR | {Role.CARRIER}, token=TokenScope.STATIONS_WRITE, within=of_own_carrier
    ),
    "/regulator/devices": DEVICES,
    "/regulator/archives": REGULATOR,
    "/regulator/archives/record": REGULATOR,
    "/regulator/archives/{holder_kind}/{holder_code:path}": REGULATOR,
    "/carrier/archive": OWN_CARRIER,
    "/carrier/archive/record": OWN_CARRIER,
    "/carrier/archive/volumes": OWN_CARRIER,
    "/practitioners": EMPLOYERS,
    "/practitioners/{code}": EMPLOYERS,
    "/practitioner": Audience(roles=frozenset({Role.COURIER})),
    "/carriers/{code}/commitments": PUBLIC,
    "/api/v1/archives/{holder_kind}/{holder_code:path}": Audience(roles=KEEPERS, token=TokenScope.ARCHIVES_READ),
    "/api/v1/archives/records": ARCHIVES_WRITE,
    "/api/v1/archives/volumes": ARCHIVES_WRITE,
    "/login": Audience(everybody=True, login_form=True),
    "/login/code": Audience(roles=EVERY_ACCOUNT, standings=frozenset({Standing.CODE})),
    "/logout": Audience(roles=EVERY_ACCOUNT, standings=frozenset(Standing)),
    "/account": Audience(roles=EVERY_ACCOUNT, standings=BEGINNING),
    "/account/password": Audience(roles=EVERY_ACCOUNT, standings=BEGINNING),
    "/account/second-factor": Audience(roles=EVERY_ACCOUNT, standings=BEGINNING - {Standing.PASSWORD}),
    "/account/second-factor.svg": Audience(roles=EVERY_ACCOUNT, standings=BEGINNING - {Standing.PASSWORD}),
    "/account/tokens": OWN,
    "/account/tokens/{token_no}/revoke": OWN,
    "/t/{waybill_no}/complaint": PUBLIC,
    "/t/{waybill_no}/complaints/{case_no}": PUBLIC,
    "/complaints": PUBLIC,
    "/complaints/bulletin": PUBLIC,
    "/complaints/bulletin.csv": PUBLIC,
    "/api/v1/complaints/bulletin": PUBLIC,
    "/api/v1/complaints": Audience(
        roles=ADMINISTRATOR | {Role.REGULATOR, Role.CARRIER, Role.PLATFORM}, token=TokenScope.COMPLAINTS_WRITE
    ),
    "/carrier/complaints": Audience(roles=frozenset({Role.CARRIER})),
    "/carrier/complaints/{case_no}": Audience(roles=frozenset({Role.CARRIER})),
    "/regulator/complaints": Audience(roles=frozenset({Role.REGULATOR})),
    "/regulator/complaints.csv": Audience(roles=frozenset({Role.REGULATOR})),
    "/regulator/complaints/{case_no}": Audience(roles=frozenset({Role.REGULATOR})),
    "/vault": OFFICERS,
    "/vault/open": OFFICERS,
    "/vault/requests": OFFICERS,
    "/vault/requests/{request_no}": OFFICERS,
    "/rights": PUBLIC,
    "/rights/{request_no}": PUBLIC,
    "/vault/ledger": LEDGER,
    "/vault/ledger.csv": LEDGER,
    "/admin/accounts": ADMINISTRATORS,
    "/admin/accounts/{login}": ADMINISTRATORS,
    "/admin/accounts/{login}/scope": ADMINISTRATORS,
    "/admin/accounts/{login}/disable": ADMINISTRATORS,
    "/admin/accounts/{login}/reset": ADMINISTRATORS,
    "/admin/accounts/{login}/tokens": ADMINISTRATORS,
    "/admin/accounts/{login}/tokens/{token_no}/revoke": ADMINISTRATORS,
    "/admin/audit": AUDIT,
    "/admin/audit.csv": AUDIT,
    "/health/live": PUBLIC,
    "/health/ready": PUBLIC,
    "/metrics": PUBLIC,
}


async def check_access(request: Request) -> None:
    """Let the request through to its route, or raise; leaves who asks in `request.state.asker`.

    What changes something by a session, in a form or as JSON, needs the session's CSRF token; a bearer token, which no
    browser sends by itself, needs none.
    """
    if "\0" in request.url.path or "%00" in request.url.query:
        raise RequestMalformed("a NUL character")
    request.state.asker = ANONYMOUS
    route = getattr(request.scope.get("route"), "path", "")
    audience = ACCESS.get(route)
    if audience is None:
        raise RouteUndeclared
    if audience.login_form and request.method not in SAFE:
        await check_csrf(request, csrf_of_login(read_cookie(request, LOGIN)))
    if not audience.looks:
        return
    asker = request.state.asker = await run_in_threadpool(find_asker, request)
    try:
        audience.admit(asker, request.path_params)
    except (NotAllowed, ScopeMissing):
        await run_in_threadpool(record, request, Action.ACCESS_REFUSED, object=route, outcome=Outcome.REFUSED)
        raise
    if asker.session is not None and request.method not in SAFE:
        await check_csrf(request, asker.session.csrf, audience.form)


def sees_more(request: Request) -> bool:
    """On a route for everybody: whether the asker is one of those who see more of it."""
    return ACCESS[request.scope["route"].path].sees_more(asker_of(request))
