"""No score alone (得分不单独出现): with each stand as of, scheme, sample, interval and objections."""

import csv
import re
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from credit_scoring.evidence.window import Window
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import assess
from credit_scoring.scoring.score_store import save_run
from tests.web.conftest import MakeClient
from tests.web.html import Page
from tests.web.parcels import DELIVERED, GTIN, LOT
from tests.web.staff import staff_of
from tests.web.world import NOW
from tracker.access.roles import Role
from tracker.store.database import transaction
from tracker.working_days import local_day_of
from web.access import ACCESS

ITEM = f"/01/{GTIN}/10/{LOT}/21/K7QX%2F9M2T"
FILLED = {
    "{waybill_no}": DELIVERED,
    "{code}": "BLUEBIRD",
    "{version}": "2026-1",
    "{key:path}": ITEM.removeprefix("/01/"),
}
SCORE = re.compile(r"\b878\.\d\b")  # the first carrier's in the small world
MUST = {
    "as of": re.compile(r"截至 \d{4}-\d\d-\d\d \d\d:\d\d"),
    "scheme": re.compile(r"方案 2026-1"),
    "sample": re.compile(r"\b63\b"),
    "interval": re.compile(r"\d–\d+\.\d"),
    "objections": re.compile(r"异议"),
}
SHOWN_ON = {"/t/{waybill_no}", "/rankings", "/carriers/{code}"}


@pytest.fixture
def ranked(make_client: MakeClient, seeded_engine: Engine) -> TestClient:
    """The small world with a saved run of the last 30 days, which the trace page shows too."""
    with transaction(seeded_engine) as session:
        window = Window.parse(None, None, today=local_day_of(NOW))
        scheme = shipped_schemes().on(window.last_day, None)
        save_run(session, assess(session, scheme=scheme, window=window, division=None, as_of=NOW), created_at=NOW)
    return make_client()


def pages() -> list[str]:
    """Every address of a page that one can open without knowing an id that only a test's act makes."""
    found = []
    for route in ACCESS:
        path = route
        for name, value in FILLED.items():
            path = path.replace(name, value)
        if "{" not in path and not path.startswith(("/api/", "/static", "/qr/", "/health", "/metrics")):
            found.append(route)
    return found


@pytest.mark.parametrize("role", [None, Role.REGULATOR, Role.CARRIER])
def test_no_page_shows_a_score_bare(ranked: TestClient, seeded_engine: Engine, role: Role | None) -> None:
    headers = {"Accept": "text/html"} | (staff_of(seeded_engine, role).headers if role else {})
    shown = set()
    for route in pages():
        path = route
        for name, value in FILLED.items():
            path = path.replace(name, value)
        answer = ranked.get(path, headers=headers)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        text = Page(answer.text).text
        if SCORE.search(text):
            shown.add(route)
            assert [what for what, rule in MUST.items() if not rule.search(text)] == [], path
    assert shown >= SHOWN_ON


@pytest.mark.parametrize(
    ("address", "objections"),
    [("/api/v1/rankings/carriers", "open_objections"), ("/api/v1/carriers/BLUEBIRD/credit", "objections")],
)
def test_no_json_gives_a_score_bare(ranked: TestClient, address: str, objections: str) -> None:
    told = ranked.get(address).json()
    assert {"as_of", "scheme", "from", "to"} <= set(told)
    rows = told.get("rows", [told])
    assert rows
    for row in rows:
        assert all(row[name] is not None for name in ("score", "grade", "interval", "parcels", objections))


def test_the_csv_and_the_workbook_give_no_score_bare(ranked: TestClient) -> None:
    row = next(csv.DictReader(StringIO(ranked.get("/rankings.csv").content.decode("utf-8-sig"))))
    must = ("得分", "区间下限", "区间上限", "件量", "处理中的异议", "方案", "截至（UTC）")
    assert [name for name in must if not row[name]] == []
    with ZipFile(BytesIO(ranked.get("/rankings.xlsx").content)) as book:
        told = book.read("xl/sharedStrings.xml").decode()
    assert [name for name in must if name not in told] == []
