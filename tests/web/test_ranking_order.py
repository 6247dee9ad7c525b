"""The ranking's order (排列): sorted by any column, by the points of one dimension, over the usual periods; as a
workbook too."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient

from credit_scoring.evidence.window import Window
from tests.web.html import Page
from web.pages.table_file import XLSX
from web.views.periods import periods_on

CODES = {"青鸟速运": "BLUEBIRD", "驿路邮政": "POSTROAD", "顺安快递": "EVENWAY", "远达速递": "FARREACH",
         "飞禾速递": "FLYGRAIN"}  # fmt: skip


def order_of(client: TestClient, query: str) -> list[str]:
    """The ranked carriers' codes as the page has them."""
    text = client.get(f"/rankings?{query}").text
    body = text[text.index("<tbody") : text.index("</tbody>")]
    return sorted((code for name, code in CODES.items() if name in body), key=lambda code: body.index(f"/{code}?"))


def test_any_column_sorts_the_rows_and_turns_round(client: TestClient) -> None:
    rows = client.get("/api/v1/rankings/carriers").json()["rows"]
    by_place = [row["carrier"] for row in rows]
    assert order_of(client, "") == by_place
    assert order_of(client, "turned=1") == by_place[::-1]
    assert order_of(client, "sort=carrier") == sorted(by_place)
    by_parcels = [row["parcels"] for row in sorted(rows, key=lambda row: -row["parcels"])]
    parcels = {row["carrier"]: row["parcels"] for row in rows}
    assert [parcels[code] for code in order_of(client, "sort=parcels")] == by_parcels
    assert [parcels[code] for code in order_of(client, "sort=parcels&turned=1")] == by_parcels[::-1]
    lows = {row["carrier"]: row["interval"][0] for row in rows}
    shown = [lows[code] for code in order_of(client, "sort=interval")]
    assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize("column", ["rank", "carrier", "grade", "score", "interval", "places", "parcels", "deduction"])
def test_a_column_says_how_it_is_sorted_and_its_link_turns_it(client: TestClient, column: str) -> None:
    page = Page(client.get(f"/rankings?sort={column}").text)
    assert [head["aria-sort"] for head in page.attributes_of("th") if "aria-sort" in head] in (
        ["ascending"],
        ["descending"],
    )
    assert any("turned=1" in link for link in page.links)


def test_a_dimension_shows_its_points_with_their_interval_and_sorts_by_them(client: TestClient) -> None:
    page = Page(client.get("/rankings?dimension=service").text)
    assert "服务质量（满分 1000）" in page.text
    bars = [each for each in page.attributes_of("svg") if each.get("class") == "bar"]
    assert len(bars) == 2 * len(CODES)
    won = client.get("/rankings.csv").content.decode("utf-8-sig").splitlines()
    column = won[0].split(",").index("服务质量")
    points = {row.split(",")[4]: row.split(",")[column] for row in won[1:]}
    shown = [float(points[code]) for code in order_of(client, "dimension=service")]
    assert shown == sorted(shown, reverse=True)


def test_the_usual_periods_are_links_that_keep_the_rest(client: TestClient) -> None:
    page = Page(client.get("/rankings?division=500000&dimension=safety").text)
    links = [link for link in page.links if link.endswith("&division=500000&dimension=safety")]
    assert "/rankings?from=2025-01-01&to=2026-01-01&division=500000&dimension=safety" in links
    assert "最近 30 天" in page.text


def test_a_quarter_begins_with_its_first_month() -> None:
    starts = [
        periods_on(date(2026, month, 30 if month != 2 else 28))["this_quarter"].from_date for month in (1, 2, 6, 12)
    ]
    assert starts == [date(2026, 1, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 10, 1)]
    assert periods_on(date(2026, 12, 31))["this_year"].to_date == date(2027, 1, 1)
    new_year = periods_on(date(2027, 1, 1))
    assert new_year["this_month"] == Window(date(2027, 1, 1), date(2027, 1, 2))
    assert new_year["last_month"] == Window(date(2026, 12, 1), date(2027, 1, 1))


def test_an_order_that_is_none_is_refused(client: TestClient) -> None:
    assert client.get("/rankings?sort=beauty").status_code == 422
    assert client.get("/rankings?dimension=told").status_code == 422
    assert client.get("/rankings?sort=&dimension=&turned=").status_code == 200


def test_the_workbook_has_chinese_heads_and_every_interval(client: TestClient) -> None:
    answer = client.get("/rankings.xlsx")
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    with ZipFile(BytesIO(answer.content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        sheets = book.read("xl/workbook.xml").decode()
    for words in ("名次", "区间下限", "按时妥投率", "截至（UTC）", "青鸟速运", "件数不足 30 件", "许可管理"):
        assert words in texts
    assert all(name in sheets for name in ("排名", "指标", "说明"))
    assert client.get("/rankings.xlsx").content == answer.content
