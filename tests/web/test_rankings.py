"""The ranking (信用排名) as page, CSV and JSON: the same figures, what is not known said so."""

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from credit_scoring.evidence.window import Window
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import assess
from credit_scoring.scoring.score_store import save_run
from tests.credit_scoring.archive.told import invented_uscc, open_archives, penalty, tell
from tests.web.html import Page
from tests.web.world import NOW
from tracker.realname.claims import Claim
from tracker.store.claim_store import append_claims, drop_claims, find_claims, mark_missing
from tracker.store.database import transaction
from tracker.wire.event_ids import build_event_id
from tracker.working_days import local_day_of

WINDOW = Window.parse(None, None, today=local_day_of(NOW))


def test_every_row_says_how_sure_its_place_is(client: TestClient) -> None:
    ranking = client.get("/api/v1/rankings/carriers").json()
    assert {"as_of", "scheme", "from", "to", "division", "run", "rows", "unranked"} <= set(ranking)
    assert (ranking["from"], ranking["to"], ranking["run"]) == ("2026-09-19", "2026-10-19", None)
    for row in ranking["rows"]:
        assert row["best_place"] <= row["rank"] <= row["worst_place"]
        assert row["interval"][0] <= row["score"] <= row["interval"][1]
        assert {"value", "numerator", "denominator", "interval"} <= set(row["indicators"]["loss"])
    assert ranking["rows"][0]["carrier"] == "BLUEBIRD"


def test_the_page_shows_the_same_figures_as_the_json(client: TestClient) -> None:
    ranking = client.get("/api/v1/rankings/carriers").json()
    text = Page(client.get("/rankings").text).text
    for row in ranking["rows"]:
        assert f"{row['score']:.1f}" in text
        assert f"{row['interval'][0]:.1f}–{row['interval'][1]:.1f}" in text


@pytest.mark.parametrize(("days", "said"), [
    ("from=2027-01-01&to=2027-02-01", "沿用方案 2026-1（有效期至 2026-12-31，本期没有有效方案）"),
    ("from=2021-05-01&to=2021-06-01", "参照方案 2025-1（自 2025-01-01 起有效，本期没有有效方案）"),
    ("from=2026-12-31&to=2027-01-01", "方案 2026-1"),
])  # fmt: skip
def test_a_period_without_a_scheme_of_its_own_says_which_stands_in(client: TestClient, days: str, said: str) -> None:
    for address in ("/rankings", "/carriers/BLUEBIRD"):
        text = Page(client.get(f"{address}?{days}").text).text
        assert said in text
        assert ("本期没有有效方案" in text) is ("没有" in said)


def test_too_few_parcels_have_no_score_and_say_why(client: TestClient) -> None:
    [small] = [
        row for row in client.get("/api/v1/rankings/carriers").json()["unranked"] if row["carrier"] == "SMALLTOWN"
    ]
    assert (small["reason"], small["score"]) == ("too_few_parcels", None)
    text = Page(client.get("/rankings").text).text
    assert "样本不足 – 件数不足 30 件" in text


def test_the_page_says_that_its_scheme_is_a_proposal_and_as_of_when(client: TestClient) -> None:
    text = Page(client.get("/rankings").text).text
    assert "不是官方标准" in text
    assert "截至 2026-10-18 14:03" in text
    assert "即时计算" in text


def test_a_division_narrows_to_where_parcels_were_sent_from(client: TestClient) -> None:
    here = client.get("/api/v1/rankings/carriers", params={"division": "500000"}).json()
    elsewhere = client.get("/api/v1/rankings/carriers", params={"division": "330100"}).json()
    assert len(here["rows"]) == 5
    assert (elsewhere["rows"], elsewhere["unranked"]) == ([], [])


def test_the_form_keeps_what_was_chosen(client: TestClient) -> None:
    page = Page(client.get("/rankings?from=2026-10-01&to=2026-10-11&division=500112").text)
    typed = {each["name"]: each["value"] for each in page.attributes_of("input")}
    assert typed == {"from": "2026-10-01", "to": "2026-10-11", "division": "500112 重庆市 渝北区"}
    assert "重庆市 渝北区" in page.text
    assert "2026 年 10 月 1 日至 2026 年 10 月 10 日（共 10 天）" in page.text


@pytest.mark.parametrize("typed", ["500112 重庆市 渝北区", "渝北区", "重庆市 渝北区", "渝北", "500112"])
def test_a_place_is_found_as_it_was_typed(client: TestClient, typed: str) -> None:
    answer = client.get("/api/v1/rankings/carriers", params={"division": typed})
    assert (answer.status_code, answer.json()["division"]) == (200, "500112")


def test_a_name_that_several_places_have_shows_them(client: TestClient) -> None:
    answer = client.get("/rankings", params={"division": "朝阳区"}, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    links = [link for link in Page(answer.text).links if "division=" in link and "lang" not in link]
    assert links == ["/rankings?division=110105", "/rankings?division=220104"]


def test_the_form_offers_provinces_and_cities_to_type(client: TestClient) -> None:
    offered = [each["value"] for each in Page(client.get("/rankings").text).attributes_of("option")]
    assert {"500000 重庆市", "330100 浙江省 杭州市"} <= set(offered)


def test_a_form_sent_empty_means_the_default(client: TestClient) -> None:
    answer = client.get("/api/v1/rankings/carriers?from=&to=&division=")
    assert (answer.status_code, answer.json()["division"]) == (200, None)


def test_an_empty_period_says_so_and_where_to_look(client: TestClient) -> None:
    page = Page(client.get("/rankings?from=2020-01-01&to=2020-02-01").text)
    assert "这一期间、这一寄出地没有收寄记录" in page.text
    assert "/rankings?from=2026-09-18&to=2026-10-18" in page.links


def test_a_saved_run_is_shown_as_that_run(client: TestClient, seeded_engine: Engine) -> None:
    with transaction(seeded_engine) as session:
        saved = assess(session, scheme=shipped_schemes().of("2026-1"), window=WINDOW, division=None, as_of=NOW)
        run = save_run(session, saved, created_at=NOW)
    ranking = client.get("/api/v1/rankings/carriers").json()
    assert ranking["run"] == str(run)
    assert f"存档结果 {str(run)[:8]}" in Page(client.get("/rankings").text).text
    assert "信用 878" in Page(client.get("/t/QN1408223190755").text).text


@pytest.mark.parametrize("stamped", [NOW - timedelta(days=1), NOW + timedelta(seconds=1)])
def test_a_saved_run_is_over_once_a_record_came_whatever_its_stamp_unless_a_new_one_is_long_work(
    client: TestClient, seeded_engine: Engine, monkeypatch: pytest.MonkeyPatch, stamped: datetime
) -> None:
    open_archives(seeded_engine, BLUEBIRD=invented_uscc(9))
    with transaction(seeded_engine) as session:
        saved = assess(session, scheme=shipped_schemes().of("2026-1"), window=WINDOW, division=None, as_of=NOW)
        run = save_run(session, saved, created_at=NOW)
    assert client.get("/api/v1/rankings/carriers").json()["run"] == str(run)
    tell(seeded_engine, penalty(holder=invented_uscc(9)), at=stamped)
    assert client.get("/api/v1/rankings/carriers").json()["run"] is None
    monkeypatch.setattr("web.runs.assessed.LIVE_PARCELS", 1)
    assert client.get("/api/v1/rankings/carriers").json()["run"] == str(run)


def test_a_run_does_not_know_what_bears_a_later_stamp_though_it_was_there(
    client: TestClient, seeded_engine: Engine
) -> None:
    open_archives(seeded_engine, BLUEBIRD=invented_uscc(9))
    tell(seeded_engine, penalty(holder=invented_uscc(9)), at=NOW + timedelta(seconds=1))
    with transaction(seeded_engine) as session:
        saved = assess(session, scheme=shipped_schemes().of("2026-1"), window=WINDOW, division=None, as_of=NOW)
        save_run(session, saved, created_at=NOW)
    assert client.get("/api/v1/rankings/carriers").json()["run"] is None


def test_a_run_that_does_not_say_what_it_saw_is_over(client: TestClient, seeded_engine: Engine) -> None:
    with transaction(seeded_engine) as session:
        saved = assess(session, scheme=shipped_schemes().of("2026-1"), window=WINDOW, division=None, as_of=NOW)
        save_run(session, replace(saved, seen=None), created_at=NOW)
    assert client.get("/api/v1/rankings/carriers").json()["run"] is None


def test_a_saved_run_is_over_once_a_sealed_record_was_missed_and_again_once_it_came(
    client: TestClient, seeded_engine: Engine
) -> None:
    claim = Claim(build_event_id(NOW, bytes(10)), "W1", 1, "c", None, NOW)
    before = NOW - timedelta(seconds=1)  # of a clock that was set back
    with transaction(seeded_engine) as session:
        append_claims(session, [claim])

    def save(moment: datetime) -> str:
        with transaction(seeded_engine) as session:
            saved = assess(session, scheme=shipped_schemes().of("2026-1"), window=WINDOW, division=None, as_of=moment)
            return str(save_run(session, saved, created_at=moment))

    def shown() -> str | None:
        run: str | None = client.get("/api/v1/rankings/carriers").json()["run"]
        return run

    assert save(NOW) == shown()
    with transaction(seeded_engine) as session:
        assert mark_missing(session, recorded_before=NOW + timedelta(seconds=1), at=before, most=1) == {"W1"}
    assert shown() is None
    assert save(NOW + timedelta(seconds=1)) == shown()
    with transaction(seeded_engine) as session:
        drop_claims(session, find_claims(session, ["c"]))
    assert shown() is None


def test_the_csv_opens_in_a_spreadsheet_with_a_chinese_header(client: TestClient) -> None:
    answer = client.get("/rankings.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    ranking = client.get("/api/v1/rankings/carriers").json()
    assert [row["代码"] for row in rows] == [row["carrier"] for row in (*ranking["rows"], *ranking["unranked"])]
    assert (rows[0]["名次"], rows[0]["企业"], rows[0]["得分"]) == (
        "1",
        "青鸟速运",
        f"{ranking['rows'][0]['score']:.1f}",
    )
    assert (rows[-1]["名次"], rows[-1]["得分"]) == ("", "")


def test_the_csv_speaks_english_where_asked(client: TestClient) -> None:
    header = client.get("/rankings.csv?lang=en").content.decode("utf-8-sig").splitlines()[0]
    assert header.startswith("Place,Best possible place")


@pytest.mark.parametrize(("query", "problem"), [
    ("from=2026-13-01", "window-invalid"),
    ("from=20261001", "window-invalid"),
    ("from=2026-10-02&to=2026-10-02", "window-invalid"),
    ("from=1492-10-02", "window-invalid"),
    ("division=99", "division-unknown"),
    ("division=999999", "division-unknown"),
    ("division=５０００００", "division-unknown"),
])  # fmt: skip
def test_a_question_that_cannot_be_read_is_refused_with_its_reason(
    client: TestClient, query: str, problem: str
) -> None:
    for address in ("/api/v1/rankings/carriers", "/api/v1/carriers/BLUEBIRD/credit"):
        answer = client.get(f"{address}?{query}")
        assert answer.status_code == 422
        assert answer.json()["type"] == f"urn:jixin:problem:{problem}"
    page = client.get(f"/rankings?{query}")
    assert page.status_code == 422
    assert "/rankings" in Page(page.text).links
