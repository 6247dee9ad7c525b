"""A place without a grade (不评等级): pages, files and JSON over saved runs say a dash, nothing or null."""

import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from credit_scoring.scoring.export import canonical_json
from credit_scoring.scoring.score_store import ScoreRunRow
from tests.web.html import Page
from tests.web.runs import save_provinces, save_year
from tracker.store.database import transaction


@pytest.fixture
def ungraded(client: TestClient, seeded_engine: Engine) -> TestClient:
    """A client of a store whose runs gave places, and nobody a grade."""
    save_year(seeded_engine)
    save_provinces(seeded_engine)
    with transaction(seeded_engine) as session:
        for run in session.exec(select(ScoreRunRow)):
            ranking = json.loads(run.result)
            assert None not in {row["grade"] for row in ranking["rows"]}
            rows = [row | {"grade": None} for row in ranking["rows"]]
            run.result = canonical_json(ranking | {"rows": rows})
    return client


@pytest.mark.parametrize("page", ["trend", "map"])
def test_no_page_or_file_says_none_where_there_is_no_grade(ungraded: TestClient, page: str) -> None:
    text = Page(ungraded.get(f"/rankings/{page}").text).text
    assert "None" not in text
    assert "–" in text
    assert "None" not in ungraded.get(f"/rankings/{page}.csv").text


def test_the_json_says_null(ungraded: TestClient) -> None:
    told = ungraded.get("/api/v1/rankings/trend?carrier=BLUEBIRD").json()
    points = [slot["points"][0] for slot in told["slots"] if slot["points"][0] is not None]
    assert points
    assert {point["grade"] for point in points} == {None}
    provinces = ungraded.get("/api/v1/rankings/map").json()["provinces"]
    assert {each["grade"] for each in provinces if each["rank"] is not None} == {None}
