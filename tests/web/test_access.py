"""The access table (访问权限): every route with every asker, held against a golden table, and none outside it."""

from collections.abc import Iterable, Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine
from starlette.routing import BaseRoute, Mount, Route

from tests.conftest import Golden
from tests.web.conftest import ADMIN, app_of
from tests.web.parcels import DELIVERED, GTIN
from tests.web.staff import HERE, LONG_AGO, Staff, bearer_for, ensure_account, enter, staff_of
from tracker.access.accounts import disable_account
from tracker.access.api_tokens import SCOPES_OF, TokenScope
from tracker.access.audit import AuditFilter, find_entries
from tracker.access.roles import Role, Scope
from tracker.store.database import reading, transaction
from web.access import ACCESS
from web.app import create_app

EXAMPLES = {
    "{waybill_no}": DELIVERED,
    "{code}": "BLUEBIRD",
    "{version}": "2026-1",
    "{draft_id}": "019dfca0-0000-7000-8000-000000000001",
    "{key:path}": GTIN,
    "{carrier}": "BLUEBIRD",
    "{station}": "CQ-01",
    "{token_no}": "1",
    "{voice_no}": "1",
    "{holder_kind}": "enterprise",
    "{holder_code:path}": "91990000JX0000001G",
    "{case_no}": "TS20261018-2222-2222",
    "{objection_no}": "1",
    "{request_no}": "R-AAAA-BBBB-CCCC-DDDD",
    "{login}": "courier.bluebird-cq-01",
}
VAULTS = ("/vault/ledger", "/vault/ledger.csv")  # 503: no vault runs here
WRONG = {"Authorization": "Bearer not-the-token"}
LEGEND = """\
# Who gets in where (tests/web/test_access.py): yes | login: 401, or to the login page | unfinished: first the password
# or the second factor | no: 403 not-allowed | scope: 403 scope-missing | csrf: in, but for the form's token
# | token: 401 token-wrong
# `elsewhere` is a carrier with another code; `token` an administrator's API token with every scope, `thin` with one.
"""


def routes_of(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str]]:
    """(method, path) of every route, however deep it was included."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from routes_of(included.routes)
        elif isinstance(route, Mount):
            yield "GET", route.path
        elif isinstance(route, APIRoute | Route):
            yield from ((method, route.path) for method in sorted(route.methods or ()) if method != "HEAD")


def address_of(path: str) -> str:
    """An address that the route answers."""
    if path == "/static":
        return "/static/site.css"
    for name, example in EXAMPLES.items():
        path = path.replace(name, example)
    return f"{path}?indicator=loss" if path.endswith("/BLUEBIRD/parcels") else path


def verdict(client: TestClient, method: str, path: str, headers: dict[str, str]) -> str:
    """What became of a request, so far as access goes."""
    headers = {**headers, "Accept": "application/json"}
    answer = client.request(method, address_of(path), headers=headers, json=None if method == "GET" else [])
    assert answer.status_code < 500 or path in VAULTS, (method, path, answer.text)
    kind = answer.json()["type"].rpartition(":")[2] if "problem+json" in answer.headers.get("content-type", "") else ""
    return {
        "token-required": "login", "token-wrong": "token", "login-unfinished": "unfinished", "not-allowed": "no",
        "scope-missing": "scope", "form-expired": "csrf",
    }.get(kind, "yes")  # fmt: skip


def askers(engine: Engine) -> dict[str, dict[str, str]]:
    """Everybody who may ask: each role, and those who are nearly one."""
    accounts = {role: ensure_account(engine, role) for role in Role}
    admin = accounts[Role.ADMINISTRATOR]
    gone = ensure_account(engine, Role.ADMINISTRATOR, login="gone")
    out = enter(engine, gone)
    with transaction(engine) as session:
        disable_account(session, gone.account_no, at=LONG_AGO)
    begun = ensure_account(engine, Role.ADMINISTRATOR, login="begun", second_factor=False)
    return {
        "nobody": {},
        **{str(role): enter(engine, account).headers for role, account in accounts.items()},
        "elsewhere": staff_of(engine, Role.CARRIER, Scope("EVENWAY")).headers,
        "expired": enter(engine, admin, at=LONG_AGO).headers,
        "disabled": out.headers,
        "no code yet": enter(engine, admin, passed=False).headers,
        "no factor yet": enter(engine, begun, passed=False).headers,
        "token": bearer_for(engine, admin, *TokenScope),
        "thin": bearer_for(engine, admin, "devices:read"),
        "wrong token": WRONG,
    }


def test_every_route_stands_in_the_table_and_no_line_is_left_over(client: TestClient) -> None:
    app = create_app(app_of(client).state.settings, app_of(client).state.engine)
    assert {path for _, path in routes_of(app.routes)} == set(ACCESS)


def test_every_route_answers_every_asker_as_the_golden_table_says(
    client: TestClient, seeded_engine: Engine, golden: Golden
) -> None:
    """A change of this table is a change of who sees what: read it before it is rewritten."""
    lines, everybody = [], askers(seeded_engine)
    for method, path in sorted(set(routes_of(app_of(client).routes)), key=lambda route: route[::-1]):
        found: dict[str, list[str]] = {}
        for name, headers in everybody.items() if method != "GET" or ACCESS[path].looks else [("all", {})]:
            found.setdefault(verdict(client, method, path, headers), []).append(name)
        lines.append(f"{method} {path}")
        lines += [f"    {what:<10} {', '.join(who)}" for what, who in sorted(found.items(), reverse=True)]
    golden("web/access.txt", (LEGEND + "\n" + "\n".join(lines) + "\n").encode())


def test_a_route_that_is_not_in_the_table_answers_nobody(client: TestClient) -> None:
    @app_of(client).get("/forgotten")
    def show_forgotten() -> str:
        return "secret"

    answer = client.get("/forgotten", headers=ADMIN)
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_a_refusal_says_how_to_ask(client: TestClient) -> None:
    for headers, problem in (({}, "token-required"), (WRONG, "token-wrong")):
        answer = client.get("/api/v1/quarantine", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="jixin"'
        assert answer.json()["type"] == f"urn:jixin:problem:{problem}"


def test_another_scheme_of_authorization_is_not_ours_to_judge(client: TestClient) -> None:
    basic = {"Authorization": "Basic eDp5"}
    assert client.get(f"/api/v1/parcels/{DELIVERED}/proof", headers=basic).status_code == 200
    assert client.get("/api/v1/quarantine", headers=basic).status_code == 401


@pytest.mark.parametrize("scope", TokenScope)
def test_a_token_opens_what_its_scope_names_and_nothing_else(
    client: TestClient, seeded_engine: Engine, scope: TokenScope
) -> None:
    headers = bearer_for(seeded_engine, ensure_account(seeded_engine, Role.ADMINISTRATOR), scope)
    for method, path in routes_of(app_of(client).routes):
        audience = ACCESS[path]
        if audience.looks and not audience.everybody:
            came_in = verdict(client, method, path, headers) == "yes"
            assert came_in is (audience.token is scope), (method, path)


def test_no_token_has_a_scope_that_its_role_may_not_use() -> None:
    for audience in ACCESS.values():
        if audience.token is not None:
            assert {role for role in Role if audience.token in SCOPES_OF[role]} == audience.roles


@pytest.mark.parametrize(("role", "scope"), [
    (Role.CARRIER, Scope("EVENWAY")), (Role.CARRIER, Scope("BLUEBIRDS")), (Role.CARRIER, Scope("BLUE")),
    (Role.CARRIER, Scope("bluebird")), (Role.STATION_MANAGER, HERE[Role.STATION_MANAGER]),
    (Role.COURIER, HERE[Role.COURIER]), (Role.REGULATOR, HERE[Role.REGULATOR]),
])  # fmt: skip
def test_a_station_of_another_scope_is_changed_by_nobody(
    client: TestClient, seeded_engine: Engine, role: Role, scope: Scope
) -> None:
    """The answer is the same for a station that there is and for one that there is not."""
    staff = staff_of(seeded_engine, role, scope)
    answers = [
        client.put(f"/api/v1/stations/BLUEBIRD/{station}", json={"silent_after_hours": 9}, headers=staff.writing)
        for station in ("CQ-01", "NOWHERE")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == answers[1].json()
    with reading(seeded_engine) as session:
        refused = find_entries(session, AuditFilter(actor=staff.account.login), limit=1)[0]
    assert (refused.action, refused.outcome) == ("access_refused", "refused")
    assert refused.object == "/api/v1/stations/{carrier}/{station}"


def test_a_carrier_changes_its_own_station(client: TestClient, seeded_engine: Engine) -> None:
    staff = staff_of(seeded_engine, Role.CARRIER)
    path, body = "/api/v1/stations/BLUEBIRD/CQ-01", {"silent_after_hours": 9}
    assert client.put(path, json=body, headers=staff.headers).json()["type"].endswith("form-expired")
    assert client.put(path, json=body, headers={**staff.headers, "X-CSRF-Token": "x"}).status_code == 403
    assert client.put(path, json=body, headers=staff.writing).status_code == 200


def test_another_accounts_token_is_revoked_by_nobody_else(client: TestClient, seeded_engine: Engine) -> None:
    owner = ensure_account(seeded_engine, Role.PLATFORM)
    headers = bearer_for(seeded_engine, owner, "products:write")
    other = staff_of(seeded_engine, Role.CARRIER)
    for number in range(1, 6):
        assert revoke(client, other, number) == 403
    assert client.post("/api/v1/products", json=[], headers=headers).status_code == 422
    assert 303 in [revoke(client, enter(seeded_engine, owner), number) for number in range(1, 6)]
    assert client.post("/api/v1/products", json=[], headers=headers).status_code == 401


def revoke(client: TestClient, staff: Staff, number: int) -> int:
    path = f"/account/tokens/{number}/revoke"
    return client.post(path, data={"csrf": staff.csrf}, headers=staff.headers).status_code
