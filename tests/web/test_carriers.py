"""A carrier's credit (企业信用): every point leads to its rule and its parcels."""

from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from credit_scoring.governance.objections.objection import PointKind
from credit_scoring.governance.objections.objection_tables import ObjectionRow
from tests.web.html import Page
from tests.web.world import CARRIERS, NOW
from tracker.store.database import transaction


def test_every_indicator_has_value_counts_interval_and_what_it_cost(client: TestClient) -> None:
    credit = client.get("/api/v1/carriers/FLYGRAIN/credit").json()
    text = Page(client.get("/carriers/FLYGRAIN").text).text
    late = credit["indicators"]["delivered_in_time"]
    assert f"{late['numerator']} / {late['denominator']}" in text
    assert f"{late['value'] * 100:.2f}%" in text
    assert f"{late['interval'][0] * 100:.2f}%–{late['interval'][1] * 100:.2f}%" in text
    assert "−90" in text
    assert "以收寄后 72 小时为限" in text


def test_a_score_never_stands_without_its_interval(client: TestClient) -> None:
    credit = client.get("/api/v1/carriers/BLUEBIRD/credit").json()
    text = Page(client.get("/carriers/BLUEBIRD").text).text
    assert f"{credit['score']:.1f}" in text
    assert f"{credit['interval'][0]:.1f}–{credit['interval'][1]:.1f}" in text


def test_the_uscc_opens_the_same_carrier(client: TestClient) -> None:
    by_uscc = client.get(f"/api/v1/carriers/{CARRIERS[0].uscc}/credit")
    assert by_uscc.json() == client.get("/api/v1/carriers/BLUEBIRD/credit").json()


def test_an_unknown_carrier_is_a_problem(client: TestClient) -> None:
    assert client.get("/carriers/NOBODY").status_code == 404
    assert client.get("/api/v1/carriers/NOBODY/credit").json()["type"] == "urn:jixin:problem:carrier-not-found"
    assert client.get("/api/v1/carriers/a%20b/credit").status_code == 422


def test_what_the_feed_does_not_cover_is_unknown_and_not_zero(client: TestClient) -> None:
    period = {"from": "2021-05-01", "to": "2021-06-01"}
    credit = client.get("/api/v1/carriers/LADE/credit", params=period).json()
    delivered = credit["indicators"]["delivered_in_time"]
    assert (delivered["value"], delivered["reason"]) == (None, "not_covered_by_feed")
    text = Page(client.get("/carriers/LADE", params=period).text).text
    assert "数据集，不是企业" in text
    assert "未知 · 导入的历史数据只到收寄，不作推测" in text


def test_an_unranked_carrier_shows_its_counts_and_no_score(client: TestClient) -> None:
    text = Page(client.get("/carriers/SMALLTOWN").text).text
    assert "样本不足" in text
    assert "6 / 6" in text
    assert "信用分" not in text


def test_an_unverified_carrier_is_marked(client: TestClient) -> None:
    assert "未核实" in Page(client.get("/carriers/UNKNOWNCO").text).text


def test_every_parcel_that_lost_points_can_be_reached(client: TestClient) -> None:
    credit = client.get("/api/v1/carriers/FARREACH/credit").json()
    late = credit["indicators"]["delivered_in_time"]
    address, found, pages = "/carriers/FARREACH/parcels?indicator=delivered_in_time", [], 0
    while address:
        page = Page(client.get(address).text)
        found += [link for link in page.links if link.startswith("/t/")]
        address = next((link for link in page.links if "next=" in link), "")
        pages += 1
    assert pages == 1
    assert len(found) == len(set(found)) == late["denominator"] - late["numerator"]
    assert found[0] == f"/t/{late['parcels_lost'][0]}"


@pytest.mark.parametrize(("indicator", "reason"), [
    ("delivered_in_time", "比承诺晚 8 小时"),
    ("delivered_in_time", "过了时限还没有签收"),
    ("picked_up_in_time", "比约定晚 1 小时收寄"),
    ("trace_complete", "轨迹有 2 处空缺"),
    ("loss", "丢失"),
    ("damage", "有损毁记录"),
])  # fmt: skip
def test_every_parcel_says_why_it_lost_points(client: TestClient, indicator: str, reason: str) -> None:
    assert reason in Page(client.get(f"/carriers/FARREACH/parcels?indicator={indicator}").text).text


def test_a_long_list_goes_on_by_an_opaque_token(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.carrier_page.PAGE", 5)
    first = Page(client.get("/carriers/FARREACH/parcels?indicator=delivered_in_time").text)
    onward = next(link for link in first.links if "next=" in link)
    second = Page(client.get(onward).text)
    shown = [{link for link in page.links if link.startswith("/t/")} for page in (first, second)]
    assert len(shown[0]) == len(shown[1]) == 5
    assert not shown[0] & shown[1]


def test_a_list_takes_no_token_of_another_list(client: TestClient) -> None:
    for token in ("xyz", "W10", "WyJxdWFyYW50aW5lIiwxXQ", "%00"):
        answer = client.get(f"/carriers/FARREACH/parcels?indicator=loss&next={token}")
        assert answer.status_code == 400


def test_an_unknown_indicator_is_refused(client: TestClient) -> None:
    assert client.get("/carriers/FARREACH/parcels?indicator=beauty").status_code == 422


def test_the_scheme_stands_as_a_table(client: TestClient) -> None:
    text = Page(client.get("/schemes/2026-1").text).text
    for words in ("按时妥投率", "350", "98.00%", "60.00%", "1,000", "900 分起", "不是官方标准"):
        assert words in text
    assert client.get("/schemes").headers["location"] == "/schemes/2026-1"
    assert client.get("/schemes?lang=en").headers["location"] == "/schemes/2026-1?lang=en"
    assert client.get("/schemes/1999-1").status_code == 404


def test_an_open_objection_is_marked_wherever_its_point_stands(client: TestClient, seeded_engine: Engine) -> None:
    assert "异议处理中" not in Page(client.get("/rankings").text).text
    with transaction(seeded_engine) as session:
        session.add(
            ObjectionRow(
                carrier="FARREACH",
                kind=PointKind.INDICATOR,
                key=f"{UUID(int=1)}/loss",
                year=2026,
                ground="x",
                evidence_sha256="",
                evidence_type="",
                filed_by="x",
                filed_at=NOW,
            )
        )
    assert Page(client.get("/rankings").text).text.count("异议处理中") == 1
    page = Page(client.get("/carriers/FARREACH").text).text
    assert "有 1 项异议正在处理" in page
    assert "丢失率 异议处理中" in page
    assert "异议处理中" not in Page(client.get("/carriers/BLUEBIRD").text).text
