"""The trend (信用走势) as page, files and JSON: breaks are breaks, and nothing stands without what it rests on."""

import csv
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.html import Page
from tests.web.runs import LEFT_OUT, MONTHS, object_to, save_year
from web.pages.table_file import XLSX

TREND = "/rankings/trend"
JSON = "/api/v1/rankings/trend"


@pytest.fixture
def year(client: TestClient, seeded_engine: Engine) -> TestClient:
    """A client of a store with a year of runs."""
    save_year(seeded_engine)
    return client


def test_nobody_named_shows_those_placed_first(year: TestClient) -> None:
    told = year.get(JSON).json()
    assert told["carriers"] == ["POSTROAD", "BLUEBIRD", "EVENWAY", "FARREACH", "FLYGRAIN"]
    assert [slot["from"] for slot in told["slots"] if not slot["year"]] == [str(month.from_date) for month in MONTHS]


def test_a_gap_and_a_change_of_scheme_break_the_line(year: TestClient) -> None:
    told = year.get(f"{JSON}?carrier=BLUEBIRD").json()
    months = {slot["from"]: slot for slot in told["slots"] if not slot["year"]}
    april = str(LEFT_OUT.from_date)
    assert (months[april]["run"], months[april]["points"], months[april]["joined"]) == (None, [None], [False])
    assert months["2026-05-01"]["joined"] == [False]
    assert (months["2025-12-01"]["run"]["scheme"], months["2026-01-01"]["run"]["scheme"]) == ("2025-1", "2026-1")
    assert months["2026-01-01"]["joined"] == [False]
    assert months["2026-02-01"]["joined"] == [True]
    page = Page(year.get(f"{TREND}?carrier=BLUEBIRD").text)
    assert "2026 年 4 月：没有存档的考核结果，线在此断开。" in page.text
    assert "以上按方案“2026-1”，以下按方案“2025-1”" in page.text
    ways = [each for each in page.attributes_of("line") if each.get("class") == "way"]
    assert len(ways) == 1 + sum(any(slot["joined"]) for slot in told["slots"])  # one is the key's
    assert len([each for each in page.attributes_of("rect") if each.get("class") == "gap"]) == 1


def test_the_years_closing_run_is_marked(year: TestClient) -> None:
    told = year.get(f"{JSON}?carrier=BLUEBIRD").json()
    assert [(slot["from"], slot["closing"]) for slot in told["slots"] if slot["year"]] == [("2025-01-01", True)]
    page = Page(year.get(f"{TREND}?carrier=BLUEBIRD").text)
    assert "2025 年全年 年度考核" in page.text
    assert len([each for each in page.attributes_of("circle") if each.get("class") == "ring"]) == 1
    years = year.get(f"{JSON}?carrier=BLUEBIRD&rhythm=years").json()["slots"]
    assert [slot["from"] for slot in years if slot["run"]] == ["2025-01-01"]


def test_drawing_table_files_and_json_say_the_same(year: TestClient) -> None:
    query = "?carrier=BLUEBIRD&carrier=SMALLTOWN"
    points = [slot["points"][0] for slot in year.get(JSON + query).json()["slots"] if slot["run"]]
    text = year.get(TREND + query).text
    for point in points:
        low, high = point["interval"]
        assert f"{point['score']:.1f} ({low:.1f}–{high:.1f})" in text  # the drawing
        assert f"{low:.1f}–{high:.1f}" in Page(text).text
    answer = year.get("/rankings/trend.csv" + query)
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    mine = [row for row in rows if row["代码"] == "BLUEBIRD" and row["得分"]]
    assert [float(row["得分"]) for row in mine] == [point["score"] for point in points]
    assert all(row["方案"] and row["截至（UTC）"] and row["存档编号"] and row["异议"] == "0" for row in mine)
    assert {row["未排名原因"] for row in rows if row["期间起"] == str(LEFT_OUT.from_date)} == {"没有考核结果"}
    assert {row["得分"] for row in rows if row["代码"] == "SMALLTOWN"} == {""}
    book = year.get("/rankings/trend.xlsx" + query)
    assert book.headers["content-type"] == XLSX
    with ZipFile(BytesIO(book.content)) as file:
        texts = file.read("xl/sharedStrings.xml").decode()
    for words in ("企业", "区间下限", "年度考核", "青鸟速运", "样本不足"):
        assert words in texts


def test_who_has_no_place_has_no_score_anywhere(year: TestClient) -> None:
    told = year.get(f"{JSON}?carrier=SMALLTOWN").json()
    for slot in told["slots"]:
        for point in slot["points"]:
            assert point is None or (point["score"], point["interval"], point["reason"]) == (
                None, None, "too_few_parcels",
            )  # fmt: skip
    assert "样本不足" in Page(year.get(f"{TREND}?carrier=SMALLTOWN").text).text


def test_an_open_objection_is_marked_at_the_run_it_is_about(year: TestClient, seeded_engine: Engine) -> None:
    slots = year.get(f"{JSON}?carrier=FARREACH").json()["slots"]
    object_to(seeded_engine, slots[-1]["run"]["run"], "loss", carrier="FARREACH")
    told = year.get(f"{JSON}?carrier=FARREACH").json()
    assert told["objections"] == [1]
    assert [slot["points"][0]["objections"] for slot in told["slots"][-2:]] == [0, 1]
    text = Page(year.get(f"{TREND}?carrier=FARREACH").text).text
    assert text.count("1 项异议处理中") == 2


def test_a_scheme_can_be_asked_for_alone(year: TestClient) -> None:
    slots = year.get(f"{JSON}?scheme=2025-1").json()["slots"]
    assert next(slot["from"] for slot in slots if slot["run"]) == "2025-10-01"
    assert {slot["run"]["scheme"] for slot in slots if slot["run"]} == {"2025-1"}
    text = Page(year.get(f"{TREND}?scheme=1999-1").text).text
    assert "没有按方案 1999-1 作出的考核结果；这些期间用过的方案：2025-1、2026-1。" in text


def test_without_runs_the_page_says_so(year: TestClient) -> None:
    for query in ("?division=540000", "?rhythm=days", "?division=540000&carrier=BLUEBIRD"):
        text = Page(year.get(TREND + query).text).text
        assert "没有可画的走势" in text
        assert "还没有存档的考核结果" in text
        assert year.get(JSON + query).status_code == 200
        assert year.get("/rankings/trend.csv" + query).status_code == 200
        assert year.get("/rankings/trend.xlsx" + query).status_code == 200


@pytest.mark.parametrize(("query", "status", "problem"), [
    ("carrier=NOBODY", 404, "carrier-not-found"),
    ("carrier=%2e%2e", 422, "code-malformed"),
    ("division=999999", 422, "division-unknown"),
    ("rhythm=weeks", 422, "input-invalid"),
    ("count=1", 422, "input-invalid"),
    ("count=37", 422, "input-invalid"),
    ("&".join(f"carrier=C{number}" for number in range(7)), 422, "carriers-miscounted"),
])  # fmt: skip
def test_a_question_that_cannot_be_answered_says_why(client: TestClient, query: str, status: int, problem: str) -> None:
    answer = client.get(f"{JSON}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:jixin:problem:{problem}")
    for path in (TREND, f"{TREND}.csv", f"{TREND}.xlsx"):
        assert client.get(f"{path}?{query}", headers={"Accept": "text/html"}).status_code == status


def test_the_trend_is_one_click_from_the_ranking_and_from_a_company(client: TestClient) -> None:
    assert "/rankings/trend?division=500000" in Page(client.get("/rankings?division=500000").text).links
    assert "/rankings/trend?carrier=FARREACH" in Page(client.get("/carriers/FARREACH").text).links


def test_the_page_speaks_english(year: TestClient) -> None:
    text = Page(year.get(f"{TREND}?carrier=BLUEBIRD&lang=en").text).text
    assert "No line is drawn across a change of scheme" in text
    assert "April 2026: no saved assessment" in text
