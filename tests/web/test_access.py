"""The access table (访问权限): every route with every role, and none outside the table."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Mount, Route

from tests.web.conftest import ADMIN, TOKEN, MakeClient, app_of
from tests.web.parcels import DELIVERED, GTIN
from web.access import ACCESS, Who, is_admin_token
from web.app import create_app

EXAMPLES = {
    "{waybill_no}": DELIVERED,
    "{code}": "BLUEBIRD",
    "{version}": "2026-1",
    "{key:path}": GTIN,
    "{carrier}": "BLUEBIRD",
    "{station}": "CQ-01",
    "/static": "/static/site.css",
    "/parcels": "/parcels?indicator=loss",
}
WRONG = {"Authorization": "Bearer not-the-token"}


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
    if path in ("/static",):
        return EXAMPLES[path]
    for name in ("{waybill_no}", "{code}", "{version}", "{key:path}", "{carrier}", "{station}"):
        path = path.replace(name, EXAMPLES[name])
    return f"{path}?indicator=loss" if path.endswith("/BLUEBIRD/parcels") else path


def status_of(client: TestClient, method: str, path: str, headers: dict[str, str]) -> int:
    return client.request(method, address_of(path), headers=headers, json=None if method == "GET" else []).status_code


def test_every_route_stands_in_the_table_and_no_line_is_left_over(client: TestClient) -> None:
    app = create_app(app_of(client).state.settings, app_of(client).state.engine)
    assert {path for _, path in routes_of(app.routes)} == set(ACCESS)


@pytest.mark.parametrize("headers", [{}, WRONG, ADMIN], ids=["anonymous", "wrong token", "admin"])
def test_every_route_answers_each_role_as_the_table_says(client: TestClient, headers: dict[str, str]) -> None:
    found: dict[str, int] = {}
    for method, path in routes_of(app_of(client).routes):
        found[f"{method} {path}"] = status_of(client, method, path, headers)
        who = ACCESS[path]
        refused = who in (Who.ADMIN, Who.ADMIN_PAGE) and headers is not ADMIN
        refused = refused or (who is Who.PUBLIC_MORE_FOR_ADMIN and headers is WRONG)
        assert (found[f"{method} {path}"] == 401) is refused, (method, path, found[f"{method} {path}"])
    assert [route for route, status in found.items() if status >= 500] == []


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


def test_the_token_fits_without_the_line_end_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "admin-token"
    file.write_text(f"{TOKEN}\n")
    assert is_admin_token(TOKEN, file)
    assert not is_admin_token(TOKEN + "x", file)


@pytest.mark.parametrize("content", [None, "", "\n"], ids=["no file", "empty file", "a line end"])
def test_without_a_token_in_the_file_nobody_is_administrator(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "admin-token"
    if content is not None:
        file.write_text(content)
    assert not is_admin_token("", file)
    assert not is_admin_token("\n", file)


def test_a_new_token_counts_at_once(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client()
    (tmp_path / "admin-token").write_text("another")
    assert client.get("/api/v1/quarantine", headers=ADMIN).status_code == 401
    assert client.get("/api/v1/quarantine", headers={"Authorization": "Bearer another"}).status_code == 200
