"""The description (接口描述): for whom each operation is, how to come in, and how it says no."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import ADMIN
from tests.web.parcels import DELIVERED
from web.access import ACCESS


@pytest.fixture
def operations(client: TestClient) -> dict[tuple[str, str], Any]:
    """(method, path) → operation."""
    paths = client.get("/openapi.json").json()["paths"]
    return {(method, path): each for path, methods in paths.items() for method, each in methods.items()}


AUDIENCES = {path.replace(":path}", "}"): audience for path, audience in ACCESS.items()}  # as the description spells


def test_every_operation_says_for_whom_it_is_and_how_to_come_in(operations: dict[tuple[str, str], Any]) -> None:
    assert operations
    for (_, path), operation in operations.items():
        audience = AUDIENCES[path]
        told = operation["x-audience"]
        assert set(told["roles"]) == audience.roles, path
        assert told["everybody"] is audience.everybody
        assert told["token_scope"] == audience.token
        ways = operation.get("security", [])
        assert ({} in ways or not ways) is audience.everybody, path
        assert any(each.get("bearer") == [audience.token] for each in ways) is (audience.token is not None)
        assert any("session" in each for each in ways) is bool(audience.roles)


def test_every_no_is_a_problem(operations: dict[tuple[str, str], Any]) -> None:
    for place, operation in operations.items():
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (place, status)
            elif status != "304":
                assert answer["content"], (place, status)
                assert all(each["schema"] for each in answer["content"].values()), (place, status)
    refused = operations["get", "/api/v1/quarantine"]["responses"]
    assert {"401", "403"} <= refused.keys()
    assert "403" not in operations["get", "/api/v1/rankings/carriers"]["responses"]
    assert {"409", "413"} <= operations["post", "/api/v1/products"]["responses"].keys()
    assert {"404", "410"} <= operations["get", "/api/v1/parcels/{waybill_no}/proof"]["responses"].keys()


def test_nothing_is_left_of_answers_that_are_never_given(client: TestClient) -> None:
    text = client.get("/openapi.json").text
    assert "HTTPValidationError" not in text
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert {"RankingOut", "RankedCreditOut", "TraceOut", "Problem"} <= schemas.keys()


def test_the_description_is_told_to_anybody_and_the_ways_in_are_the_real_ones(client: TestClient) -> None:
    ways = client.get("/openapi.json").json()["components"]["securitySchemes"]
    assert (ways["session"]["in"], ways["session"]["name"]) == ("cookie", "jixin-session")
    assert client.get(f"/api/v1/parcels/{DELIVERED}/proof", headers=ADMIN).status_code == 200
