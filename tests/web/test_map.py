"""The map (分省情况) as page, files and JSON: 34 tiles, each with its figure or the reason why it has none."""

import csv
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.html import Page
from tests.web.runs import LAST, PROVINCES, object_to, save_provinces
from tracker.wire.divisions import children_of
from web.views.tiles import read_tiles

MAP, JSON = "/rankings/map", "/api/v1/rankings/map"


@pytest.fixture
def judged(client: TestClient, seeded_engine: Engine) -> TestClient:
    """A client of a store in which some provinces were judged."""
    save_provinces(seeded_engine)
    return client


def told_of(client: TestClient, query: str = "") -> dict[str, dict[str, Any]]:
    return {each["division"]: each for each in client.get(JSON + query).json()["provinces"]}


def test_all_34_have_a_tile_and_no_two_share_a_place() -> None:
    tiles = read_tiles()
    assert {tile.province.code for tile in tiles} == {province.code for province in children_of(None)}
    assert len({(tile.row, tile.column) for tile in tiles}) == len(tiles) == 34
    assert all(1 <= tile.row <= 8 and 1 <= tile.column <= 8 for tile in tiles)
    assert {tile.short_name for tile in tiles} >= {"内蒙古", "广西", "新疆", "宁夏", "香港", "澳门", "台湾", "重庆"}


def test_neighbours_lie_as_they_lie() -> None:
    at = {tile.short_name: tile for tile in read_tiles()}
    assert at["黑龙江"].row < at["吉林"].row < at["辽宁"].row
    assert at["新疆"].column < at["甘肃"].column < at["陕西"].column < at["河南"].column < at["江苏"].column
    assert at["北京"].row < at["河南"].row < at["湖南"].row < at["广东"].row < at["香港"].row
    assert at["福建"].column < at["台湾"].column


def test_each_tile_leads_to_its_ranking_with_a_figure_or_the_word_none(judged: TestClient) -> None:
    page = Page(judged.get(MAP).text)
    tiles = [each for each in page.attributes_of("a") if str(each.get("class", "")).startswith("tile ")]
    period = f"from={LAST.from_date}&to={LAST.to_date}"
    assert {each["href"] for each in tiles} == {
        f"/rankings?{period}&division={province.code}" for province in children_of(None)
    }
    assert sum("shade-" in str(each["class"]) for each in tiles) == len(PROVINCES)
    assert page.text.count("本期间没有考核") == 2 * (34 - len(PROVINCES))  # on the tile and in the table
    assert "这是示意图" in page.text
    for tile in tiles:
        assert judged.get(str(tile["href"])).status_code == 200


def test_a_score_is_that_of_the_first_place_with_its_interval(judged: TestClient) -> None:
    here = told_of(judged)["500000"]
    ranking = judged.get("/api/v1/rankings/compare?division=500000&carrier=POSTROAD&carrier=BLUEBIRD").json()
    first = ranking["carriers"][0]["standing"]
    assert (here["carrier"], here["value"], here["interval"], here["rank"]) == (
        first["carrier"], first["score"], first["interval"], 1,
    )  # fmt: skip
    assert here["run"]["run"] == ranking["run"]
    text = Page(judged.get(MAP).text).text
    assert f"{first['score']:.1f}" in text
    assert f"{first['interval'][0]:.1f}–{first['interval'][1]:.1f}" in text


def test_an_indicator_of_all_is_that_of_the_sums_and_of_one_its_own(judged: TestClient) -> None:
    everybody = told_of(judged, "?figure=delivered_in_time")["500000"]
    assert (everybody["parcels"], everybody["sample"], everybody["carrier"]) == (15912, 15912, None)
    one = told_of(judged, "?figure=delivered_in_time&carrier=FLYGRAIN")["500000"]
    assert (one["value"], one["sample"]) == (0.7, 900)
    thin = told_of(judged, "?figure=delivered_in_time&carrier=SMALLTOWN")
    assert (thin["500000"]["missing"], thin["500000"]["value"]) == ("too_few_parcels", None)
    assert thin["220000"]["missing"] == "not_in_run"
    assert thin["110000"]["missing"] == "no_run"
    text = Page(judged.get(f"{MAP}?figure=delivered_in_time&carrier=SMALLTOWN").text).text
    assert "件数太少，不列数字" in text
    assert "该企业在此没有收寄" in text


@pytest.mark.parametrize(("query", "expected"), [
    ("sort=parcels&figure=parcels", ["500000", "330000", "440000", "220000"]),
    ("sort=parcels&figure=parcels&turned=1", ["220000", "440000", "330000", "500000"]),
    ("sort=figure&figure=parcels", ["500000", "330000", "440000", "220000"]),
    ("", ["220000", "330000", "440000", "500000"]),
    ("turned=1", ["500000", "440000", "330000", "220000"]),
])  # fmt: skip
def test_the_table_sorts_with_the_unknown_last(judged: TestClient, query: str, expected: list[str]) -> None:
    answer = judged.get(f"{MAP}.csv?{query}")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 34
    assert [row["寄出地代码"] for row in rows if row["存档编号"]] == expected
    if "sort" in query:
        assert all(not row["存档编号"] for row in rows[4:])
    page = Page(judged.get(f"{MAP}?{query}").text)
    assert len([each for each in page.attributes_of("th") if "aria-sort" in each]) == 1


def test_the_files_have_chinese_heads_and_what_each_figure_rests_on(judged: TestClient) -> None:
    rows = csv.DictReader(StringIO(judged.get(f"{MAP}.csv?figure=loss").content.decode("utf-8-sig")))
    [here] = [row for row in rows if row["省级行政区"] == "浙江省"]
    assert here["区间下限"]
    assert here["分母"] == "7956"
    assert here["方案"] == "2026-1"
    assert here["截至（UTC）"]
    with ZipFile(BytesIO(judged.get(f"{MAP}.xlsx").content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    for words in ("省级行政区", "没有数字的原因", "本期间没有考核", "香港特别行政区"):
        assert words in texts


def test_an_open_objection_is_counted(judged: TestClient, seeded_engine: Engine) -> None:
    object_to(seeded_engine, "0" * 32, "loss", carrier="FARREACH")
    assert told_of(judged, "?carrier=FARREACH")["500000"]["objections"] == 1
    assert told_of(judged, "?carrier=BLUEBIRD")["500000"]["objections"] == 0
    assert "1 项异议处理中" in Page(judged.get(f"{MAP}?figure=loss").text).text


def test_without_a_run_the_page_says_how_to_make_one(client: TestClient) -> None:
    page = Page(client.get(MAP).text)
    assert "还没有分省的考核结果" in page.text
    assert "jixin assess --every-province" in page.text
    answer = client.get(JSON).json()
    assert (answer["from"], len(answer["provinces"])) == (None, 34)
    for ending in (".csv", ".xlsx"):
        assert client.get(MAP + ending).status_code == 200


def test_a_period_that_was_not_judged_offers_those_that_were(judged: TestClient) -> None:
    page = Page(judged.get(f"{MAP}?from=2020-01-01&to=2020-02-01").text)
    assert "还没有分省的考核结果" in page.text
    assert any(f"from={LAST.from_date}" in link for link in page.links)


@pytest.mark.parametrize(("query", "status", "problem"), [
    ("figure=beauty", 422, "figure-unknown"),
    ("figure=full_hours", 422, "figure-unknown"),
    ("carrier=NOBODY", 404, "carrier-not-found"),
    ("carrier=BLUEBIRD&carrier=EVENWAY", 422, "carriers-miscounted"),
    ("from=2026-02-30", 422, "window-invalid"),
    ("sort=beauty", 422, "input-invalid"),
])  # fmt: skip
def test_a_question_that_cannot_be_answered_says_why(client: TestClient, query: str, status: int, problem: str) -> None:
    answer = client.get(f"{JSON}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:jixin:problem:{problem}")
    assert client.get(f"{MAP}?{query}").status_code == status
