"""What is shown of archived events: the state and the times that are known, since when, and 410 for the proof."""

from pathlib import Path
from typing import Any

import pytest

from tests.archive.world import OLD, Cellar, old_scan, signed_then
from tests.web.conftest import ADMIN, build_client


@pytest.fixture
def client(cellar: Cellar, tmp_path: Path) -> Any:
    """The website over the store, after March 2022 was dropped; SPAN has one scan in April."""
    span = [old_scan(cellar.device, "SPAN", "accepted", day=20), old_scan(cellar.device, "SPAN", "delivered", day=25)]
    cellar.intake.record(signed_then(cellar.device, *span, day=25))
    cellar.archive(OLD, drop=True)
    (tmp_path / "web").mkdir()
    return build_client(cellar.engine, tmp_path / "web")


def test_the_trace_says_what_the_row_still_knows(client: Any) -> None:
    trace = client.get("/api/v1/parcels/OLD0/trace").json()
    assert (trace["state"], trace["events"], trace["anomalies"]) == ("delivered", [], [])
    assert trace["archived"] == [{"month": "2022-03", "events": 5, "archived_at": "2026-07-01T01:00:00Z"}]
    assert [(each["step"], each["first"]) for each in trace["steps"]] == [
        ("accepted", "2022-03-10T02:00:00Z"), ("departed", "2022-03-11T02:00:00Z"), ("arrived", "2022-03-12T02:00:00Z"),
        ("out_for_delivery", "2022-03-13T02:00:00Z"), ("delivered", "2022-03-14T02:00:00Z"),
    ]  # fmt: skip


def test_a_trace_of_which_a_part_is_left_shows_it_and_the_state_of_all(client: Any) -> None:
    trace = client.get("/api/v1/parcels/SPAN/trace").json()
    assert [each["step"] for each in trace["events"]] == ["delivered"]
    assert (trace["state"], trace["anomalies"], [each["events"] for each in trace["archived"]]) == (
        "delivered",
        [],
        [1],
    )
    page = client.get("/t/SPAN?lang=en").text
    assert page.count("HZ-01") >= 1
    assert "1 record of 2022-03 is in the archive since 2026-07-01 09:00" in page


def test_a_parcel_that_is_all_here_says_nothing_of_archives(client: Any) -> None:
    trace = client.get("/api/v1/parcels/NEW0/trace").json()
    assert (trace["archived"], trace["steps"]) == ([], None)
    assert "归档" not in client.get("/t/NEW0").text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", ["签收", "2022-03 的 5 条记录已于 2026-07-01 09:00 归档", "已归档", "2022-03-10 10:00"]),
        ("en", ["Delivered", "5 records of 2022-03 are in the archive since 2026-07-01 09:00", "archived"]),
    ],
)
def test_the_page_of_an_archived_parcel_tells_it_in_both_languages(
    client: Any, language: str, words: list[str]
) -> None:
    page = client.get(f"/t/OLD0?lang={language}")
    assert page.status_code == 200
    assert [word for word in words if word not in page.text] == []
    assert "/proof" not in page.text


def test_the_proof_is_gone_with_the_month_and_says_which(client: Any) -> None:
    for headers in ({}, ADMIN):
        answer = client.get("/api/v1/parcels/OLD0/proof", headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (410, "application/problem+json")
        assert answer.json()["type"] == "urn:jixin:problem:events-archived"
        assert "2022-03 (archived 2026-07-01)" in answer.json()["detail"]
    assert client.get("/api/v1/parcels/NEW0/proof").status_code == 200


def test_rankings_and_codes_go_on(client: Any) -> None:
    ranking = client.get("/api/v1/rankings/carriers?from=2022-03-01&to=2022-04-01").json()
    assert sum(row["parcels"] for row in [*ranking["rows"], *ranking["unranked"]]) == 7
    assert client.get("/t/OLD0/qr.svg").status_code == 200
