"""The change since the run before (得分变化) on a carrier's page and in its JSON."""

from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from credit_scoring.evidence.window import Window
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import assess
from credit_scoring.scoring.score_store import save_run
from tests.web.html import Page
from tests.web.world import NOW
from tracker.store.database import transaction
from tracker.working_days import local_day_of


def save_earlier(engine: Engine) -> None:
    """A run of four days ago, over the thirty days up to then."""
    then = NOW - timedelta(days=4)
    with transaction(engine) as session:
        window = Window.parse(None, None, today=local_day_of(then))
        saved = assess(session, scheme=shipped_schemes().on(window.last_day), window=window, division=None, as_of=then)
        save_run(session, saved, created_at=then)


def test_without_an_earlier_run_nothing_is_said(client: TestClient) -> None:
    assert client.get("/api/v1/carriers/FARREACH/credit").json()["since"] is None
    assert "与上次考核相比" not in client.get("/carriers/FARREACH").text


def test_the_change_is_explained_by_indicator(client: TestClient, seeded_engine: Engine) -> None:
    save_earlier(seeded_engine)
    since = client.get("/api/v1/carriers/FARREACH/credit").json()["since"]
    assert abs(sum(each["points"] for each in since["changes"]) - since["difference"]) < 1e-4
    assert since["changes"]
    text = Page(client.get("/carriers/FARREACH").text).text
    assert "与上次考核相比" in text
    assert "截至 2026-10-14 14:03" in text
    assert f"存档结果 {since['run'][:8]}" in text
    assert client.get("/api/v1/carriers/SMALLTOWN/credit").json()["since"] is None
    assert "与上次考核相比" not in client.get("/carriers/SMALLTOWN").text
