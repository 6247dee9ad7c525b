"""Side by side (并列比较) as page, files and JSON: one saved run, and better only where intervals do not meet."""

import csv
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from credit_scoring.evidence.window import Window
from credit_scoring.scoring.score_store import ScoreRunRow
from tests.web.html import Page
from tests.web.runs import LAST, MONTHS, object_to, save, save_year
from tests.web.world import NOW
from tracker.store.database import transaction
from tracker.working_days import local_day_of

COMPARE, JSON = "/rankings/compare", "/api/v1/rankings/compare"
FOUR = "?carrier=BLUEBIRD&carrier=POSTROAD&carrier=FARREACH&carrier=SMALLTOWN"


@pytest.fixture
def year(client: TestClient, seeded_engine: Engine) -> TestClient:
    """A client of a store with a year of runs."""
    save_year(seeded_engine)
    return client


def test_the_latest_run_is_compared_and_named(year: TestClient) -> None:
    told = year.get(JSON + FOUR).json()
    assert (told["from"], told["to"], told["scheme"]) == (str(LAST.from_date), str(LAST.to_date), "2026-1")
    assert [each["standing"]["carrier"] for each in told["carriers"]] == [
        "POSTROAD", "BLUEBIRD", "FARREACH", "SMALLTOWN",
    ]  # fmt: skip
    text = Page(year.get(COMPARE + FOUR).text).text
    assert "截至 2026-10-02 00:00" in text
    assert f"存档结果 {told['run'][:8]}" in text
    other = year.get(f"{JSON}{FOUR}&from={MONTHS[0].from_date}&to={MONTHS[0].to_date}").json()
    assert (other["from"], other["scheme"]) == ("2025-10-01", "2025-1")


def test_who_overlaps_cannot_be_told_apart_and_who_does_not_can(year: TestClient) -> None:
    told = year.get(JSON + FOUR).json()
    rows = {each["standing"]["carrier"]: each["standing"] for each in told["carriers"]}
    assert rows["POSTROAD"]["interval"][0] < rows["BLUEBIRD"]["interval"][1]
    assert rows["FARREACH"]["interval"][1] < rows["BLUEBIRD"]["interval"][0]
    score = told["compared"]["score"]
    assert score["alike"] == [["POSTROAD", "BLUEBIRD"]]
    assert {each["carrier"]: each["of"] for each in score["ahead"]} == {
        "POSTROAD": ["FARREACH"], "BLUEBIRD": ["FARREACH"],
    }  # fmt: skip
    text = Page(year.get(COMPARE + FOUR).text).text
    assert "分不出高低的：驿路邮政与青鸟速运。" in text
    assert "青鸟速运优于远达速递" in text
    two = Page(year.get(f"{COMPARE}?carrier=BLUEBIRD&carrier=POSTROAD").text).text
    assert "这几家分不出高低，名次先后不能当作优劣" in two
    apart = Page(year.get(f"{COMPARE}?carrier=BLUEBIRD&carrier=FARREACH").text).text
    assert "信用分的 95% 区间互不重叠：青鸟速运优于远达速递。" in apart


def test_what_is_missing_stays_missing(year: TestClient) -> None:
    told = year.get(JSON + FOUR).json()
    small = told["carriers"][-1]
    assert (small["standing"]["score"], small["standing"]["reason"]) == (None, "too_few_parcels")
    assert all(each["value"] is None for each in small["dimensions"].values())
    assert told["compared"]["honours"] == {"ahead": [], "alike": []}
    page = year.get(COMPARE + FOUR).text
    assert "件数不足 30 件" in page
    assert "没有这一项的记录" in page
    assert "不足两家可知，无从比较" in page


def test_every_indicator_stands_with_interval_sample_and_points(year: TestClient) -> None:
    row = year.get(JSON + FOUR).json()["carriers"][1]["standing"]["indicators"]["delivered_in_time"]
    text = Page(year.get(COMPARE + FOUR).text).text
    low, high = row["interval"]
    told = f"{row['value'] * 100:.2f}% {low * 100:.2f}%–{high * 100:.2f}% 件数 5,580 / 6,000 得"
    assert told in text


def test_an_open_objection_is_marked_at_its_indicator(year: TestClient, seeded_engine: Engine) -> None:
    run = year.get(JSON + FOUR).json()["run"]
    object_to(seeded_engine, run, "loss", carrier="FARREACH")
    told = year.get(JSON + FOUR).json()
    assert [(each["objections"], each["disputed"]) for each in told["carriers"]] == [
        (0, []), (0, []), (1, ["loss"]), (0, []),
    ]  # fmt: skip
    page = Page(year.get(COMPARE + FOUR).text)
    assert page.text.count("异议处理中") == 2  # over the column, and at the indicator


def test_the_files_say_the_same_with_chinese_heads(year: TestClient) -> None:
    told = year.get(JSON + FOUR).json()
    answer = year.get(f"{COMPARE}.csv{FOUR}")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    scores = {row["代码"]: row["数值"] for row in rows if row["指标"] == "信用分"}
    assert {code: float(score) if score else None for code, score in scores.items()} == {
        each["standing"]["carrier"]: each["standing"]["score"] for each in told["carriers"]
    }
    ahead = {row["代码"]: row["明显优于"] for row in rows if row["指标"] == "信用分"}
    assert (ahead["BLUEBIRD"], ahead["FARREACH"]) == ("远达速递", "")
    assert {row["存档编号"] for row in rows} == {told["run"]}
    late = next(row for row in rows if row["指标"] == "按时妥投率" and row["代码"] == "BLUEBIRD")
    assert (late["分子"], late["分母"], late["维度"]) == ("5580", "6000", "服务质量")
    with ZipFile(BytesIO(year.get(f"{COMPARE}.xlsx{FOUR}").content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    for words in ("明显优于", "区间下限", "按时妥投率", "远达速递", "截至（UTC）"):
        assert words in texts


def test_without_a_run_or_with_fewer_than_two_the_page_says_what_to_do(year: TestClient) -> None:
    nowhere = Page(year.get(f"{COMPARE}{FOUR}&division=540000").text).text
    assert "这一期间、这一寄出地没有存档的考核结果" in nowhere
    unjudged = Page(year.get(f"{COMPARE}{FOUR}&from=2026-04-01&to=2026-05-01").text)
    assert "没有存档的考核结果" in unjudged.text
    assert any("from=2026-09-01" in link and "carrier=FARREACH" in link for link in unjudged.links)
    one = Page(year.get(f"{COMPARE}?carrier=BLUEBIRD").text)
    assert "请在下面勾选两到 4 家企业。" in one.text
    assert any(each.get("value") == "POSTROAD" for each in one.attributes_of("input"))
    for query in (f"{FOUR}&division=540000", "?carrier=BLUEBIRD", ""):
        for ending in (".csv", ".xlsx"):
            assert year.get(f"{COMPARE}{ending}{query}").status_code == 200


def test_a_run_under_a_scheme_that_is_gone_says_so(year: TestClient, seeded_engine: Engine) -> None:
    run = save(seeded_engine, LAST, month=MONTHS.index(LAST))
    with transaction(seeded_engine) as session:
        row = session.get(ScoreRunRow, run)
        assert row is not None
        row.evidence = row.evidence.replace(b'"2026-1"', b'"1999-1"')
        row.scheme = "1999-1"
    assert "这次考核（方案 1999-1）所用的方案或封存格式已不在本系统" in Page(year.get(COMPARE + FOUR).text).text
    assert year.get(JSON + FOUR).json()["type"] == "urn:jixin:problem:run-not-found"


@pytest.mark.parametrize(("query", "status", "problem"), [
    ("carrier=BLUEBIRD", 422, "carriers-miscounted"),
    ("", 422, "carriers-miscounted"),
    ("carrier=BLUEBIRD&carrier=BLUEBIRD", 422, "carriers-miscounted"),
    ("&".join(f"carrier=C{number}" for number in range(5)), 422, "carriers-miscounted"),
    ("carrier=BLUEBIRD&carrier=NOBODY", 404, "carrier-not-found"),
    ("carrier=BLUEBIRD&carrier=POSTROAD&division=54", 422, "division-unknown"),
    ("carrier=BLUEBIRD&carrier=POSTROAD&from=2026-13-01", 422, "window-invalid"),
    ("carrier=BLUEBIRD&carrier=POSTROAD", 404, "run-not-found"),
])  # fmt: skip
def test_a_question_that_cannot_be_answered_says_why(client: TestClient, query: str, status: int, problem: str) -> None:
    answer = client.get(f"{JSON}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:jixin:problem:{problem}")


def test_five_ticked_boxes_lead_to_a_page_that_says_how_many(client: TestClient) -> None:
    answer = client.get(COMPARE + "?" + "&".join(f"carrier=C{number}" for number in range(5)))
    assert answer.status_code == 422
    assert "并列比较要两到四家企业" in Page(answer.text).text


def test_the_ranking_offers_boxes_where_its_period_has_a_run(client: TestClient, seeded_engine: Engine) -> None:
    without = Page(client.get("/rankings").text)
    assert "不能并列比较" in without.text
    assert not [each for each in without.attributes_of("input") if each.get("name") == "carrier"]
    save(seeded_engine, Window.parse(None, None, today=local_day_of(NOW)))
    page = Page(client.get("/rankings").text)
    boxes = [each for each in page.attributes_of("input") if each.get("name") == "carrier"]
    assert {each["value"] for each in boxes} >= {"BLUEBIRD", "FLYGRAIN", "SMALLTOWN"}
    assert {each["form"] for each in boxes} == {"compare"}
    assert "选 青鸟速运 来比较" in page.text
